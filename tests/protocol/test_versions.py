"""The version of a candidate beside the tags of a real repository, and after a rollback (protocol 3.1)."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release
from tests.protocol.small import Small

pytestmark = pytest.mark.timeout(300)
RELEASED = """\
# Changelog

## [Unreleased]

### Fixed

- New

## [1.2.0] - 2025-01-01

### Fixed

- Old
"""


@pytest.mark.requirement("P3.1-version")
async def test_a_version_whose_tag_another_branch_has_is_not_given_again(site: Installation, small: Small) -> None:
    small.git("tag", "v1.1.0")
    small.git("checkout", "--quiet", "-b", "release/1.2")
    small.git("commit", "--quiet", "--allow-empty", "-m", "hotfix")
    small.git("tag", "-a", "-m", "1.2.0", "v1.2.0")
    small.git("checkout", "--quiet", "main")
    small.next_changes("1.1.0", "Vouchers")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        found = await agent.state(client)
        assert found["release"]["tag"] == "v1.3.0"
        assert "the tag v1.2.0 exists already" in found["message"]


@pytest.mark.requirement("P3.1-version")
async def test_where_the_branch_has_no_tag_the_newest_anywhere_is_counted_from(
    site: Installation, small: Small
) -> None:
    small.write("CHANGELOG.md", RELEASED)
    small.commit("Fix")
    small.git("checkout", "--quiet", "--orphan", "releases")
    small.git("commit", "--quiet", "-m", "1.2.0")
    small.git("tag", "v1.2.0")
    small.git("checkout", "--quiet", "main")
    small.edit("CHANGELOG.md", {"- New\n": "- New\n- Newer\n"})
    small.commit("Fix more")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_candidate(client, "patch")
        assert (await agent.state(client))["release"]["tag"] == "v1.2.1"


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize("prefix", ["", "api/v", "api@", "@shop/api@"])
async def test_tags_have_the_form_of_the_policy_and_another_form_is_refused_with_its_key(
    site: Installation, small: Small, prefix: str
) -> None:
    small.git("tag", f"{prefix}1.1.0")
    small.next_changes("1.1.0", "Vouchers")
    site.pin()
    async with site.client("2026") as client:
        refused = await agent.prepare(client)
        (gate,) = agent.structured(refused)["blocked_by"]
        assert f'`prefix = "{prefix}"` under `[tag]`' in gate["fix"]
        small.change_policy({"tag": {"prefix": prefix}})
        small.commit("Name the form of the tags")
        site.pin()
        await agent.to_candidate(client)
        assert (await agent.state(client))["release"]["tag"] == f"{prefix}1.2.0"


@pytest.mark.requirement("P3.1-version", "P4.1-rollback")
@pytest.mark.parametrize("renamed", [False, True], ids=["unreleased", "under its heading"])
async def test_after_a_rollback_its_entries_are_released_under_a_version_above(
    site: Installation, live: Live, *, renamed: bool
) -> None:
    broken = live.file("broken")
    live.script("production", f"test ! -e {broken} || exit 3")
    live.small.commit("Fail on demand")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A leaky roof.")
        broken.touch()
        failed = await release(client, site)
        assert (failed["state"], failed["production"]["version"]) == ("ACTIVE", "0.1.0")
        broken.unlink()
        if renamed:
            live.small.edit("CHANGELOG.md", {"## [Unreleased]\n": "## [0.2.0]\n"})
        live.small.write("roof", "mended")
        live.small.commit("Mend the roof")
        await agent.to_candidate(client, "minor")
        found = await agent.state(client)
        assert found["release"]["version"] == "0.3.0"
        assert "0.2.0 was published and production does not run it" in found["message"]


@pytest.mark.requirement("P3.1-version")
async def test_another_version_in_the_manifest_is_said_before_the_approval(site: Installation, small: Small) -> None:
    small.write("pyproject.toml", '[project]\nname = "small"\nversion = "0.0.9"\n')
    small.commit("Name a version")
    async with governed(site) as client:
        await agent.to_candidate(client)
        said = "pyproject.toml names version 0.0.9, not 0.1.0."
        assert said in (await agent.state(client))["message"]
        await agent.good(client, "deploy", target="staging")
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        question = site.operator.ask("question")
        assert said in question["remarks"]
        assert question["notes"] == "## Added\n- Everything."
