"""The changelog (protocol 3.1): it names the next version, or says why it cannot."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small

NO_CHANGE = "# Changelog\n\n## [Unreleased]\n"
REMOVED = "# Changelog\n\n## [Unreleased]\n\n### Removed\n\n- All.\n\n## [1.0.0] - 2026-01-01\n\n### Added\n\n- All.\n"


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        (None, "The changelog is absent or empty at the candidate commit."),
        ("", "The changelog is absent or empty at the candidate commit."),
        (NO_CHANGE, "The changelog has no unreleased entry."),
        (REMOVED, "A minor release is too small: the changelog demands major"),
    ],
    ids=["absent", "empty", "nothing-new", "too-small"],
)
async def test_a_changelog_that_names_no_version_blocks(
    site: Installation, small: Small, changelog: str | None, said: str
) -> None:
    if changelog == REMOVED:
        small.git("tag", "v1.0.0")
    small.git("rm", "--quiet", "CHANGELOG.md") if changelog is None else small.write("CHANGELOG.md", changelog)
    small.commit("Change the changelog")
    site.pin()
    async with site.client("2026") as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared) == "Release Blocked. You have an Unusable Changelog."
        (gate,) = agent.structured(prepared)["blocked_by"]
        assert gate["message"].startswith(said)
        assert gate["fix"]
