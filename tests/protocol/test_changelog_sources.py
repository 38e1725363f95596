"""Releases of teams that write no changelog by hand: from commits, and from fragments."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small

pytestmark = pytest.mark.timeout(300)


@pytest.mark.requirement("P3.1-version")
async def test_conventional_commits_name_the_version(site: Installation, small: Small) -> None:
    small.git("rm", "--quiet", "CHANGELOG.md")
    small.change_policy({"changelog": {"source": "conventional-commits"}})
    small.commit("chore: let commits say what changes")
    small.git("tag", "v1.2.0")
    small.write("README", "x")
    small.commit("docs: explain")
    site.pin()
    async with site.client("2026") as client:
        refused = await agent.prepare(client, "major")
        (gate,) = agent.structured(refused)["blocked_by"]
        assert gate["message"].startswith("No commit since v1.2.0 asks for a release")
        small.write("README", "y")
        small.commit("feat(shop)!: drop the till")
        refused = await agent.prepare(client, "minor")
        assert "demands major (commit " in agent.structured(refused)["blocked_by"][0]["message"]
        await agent.to_candidate(client, "major")
        assert (await agent.state(client))["release"]["tag"] == "v2.0.0"


@pytest.mark.requirement("P3.1-version")
async def test_fragments_name_the_version_until_they_are_released(site: Installation, small: Small) -> None:
    small.git("rm", "--quiet", "CHANGELOG.md")
    small.change_policy({"changelog": {"source": "fragments", "folder": ".changeset"}})
    small.write(".changeset/README.md", "# Changesets\n")
    small.write(".changeset/brave-cats.md", '---\n"shop": minor\n---\n\nVouchers\n')
    small.commit("Begin with changesets")
    small.git("tag", "v1.2.0")
    site.pin()
    async with site.client("2026") as client:
        refused = await agent.prepare(client)
        (gate,) = agent.structured(refused)["blocked_by"]
        assert gate["message"] == "The folder .changeset has no unreleased fragment."
        small.write(".changeset/calm-dogs.md", '---\n"shop": patch\n---\n\nRounding\n')
        small.commit("Round")
        await agent.to_candidate(client, "patch")
        found = await agent.state(client)
        assert found["release"]["tag"] == "v1.2.1"
        assert ".changeset/calm-dogs.md" in found["message"]


@pytest.mark.requirement("P3.1-version")
async def test_a_teams_own_categories_demand_what_the_policy_says(site: Installation, small: Small) -> None:
    small.change_policy({"changelog": {"categories": {"Neu": "minor", "Entfällt": "major"}}})
    small.write("CHANGELOG.md", "# Änderungen\n\n## [Unreleased]\n\n### 🎉 Neu:\n\n- Gutscheine\n")
    small.commit("Auf Deutsch")
    small.git("tag", "v1.2.0", "HEAD^")
    site.pin()
    async with site.client("2026") as client:
        refused = await agent.prepare(client, "patch")
        assert "demands minor" in agent.structured(refused)["blocked_by"][0]["message"]
        await agent.to_candidate(client, "minor")
        assert (await agent.state(client))["release"]["tag"] == "v1.3.0"


@pytest.mark.requirement("P3.1-version")
async def test_a_changelog_in_other_letters_is_named(site: Installation, small: Small) -> None:
    small.git("mv", "CHANGELOG.md", "Changelog.md")
    small.commit("Rename")
    site.pin()
    async with site.client("2026") as client:
        (gate,) = agent.structured(await agent.prepare(client))["blocked_by"]
        assert "there is no CHANGELOG.md, but Changelog.md" in gate["message"]
        assert '`file = "Changelog.md"`' in gate["fix"]


@pytest.mark.requirement("P3.1-version")
async def test_the_notes_are_in_the_tag_and_in_the_status(site: Installation, small: Small) -> None:
    small.write(
        "CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Vouchers\n\n### Fixed\n\n- Rounding\n"
    )
    small.commit("Change two things")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        release = (await agent.state(client))["release"]
        notes = "## Added\n- Vouchers\n## Fixed\n- Rounding"
        assert release["notes"] == notes
        mirror = site.home / "projects" / small.id / "mirror.git"
        tag = small.git("--git-dir", str(mirror), "cat-file", "tag", release["tag"])
        assert f"\n\nv0.1.0\n\n{notes}\n\ncommit {release['commit']}\n" in tag
