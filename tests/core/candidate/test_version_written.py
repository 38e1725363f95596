"""Changelogs as people and generators write them, each with the version that it gives after 1.2.0, or a refusal."""

from pathlib import Path

import pytest

from sentinel.errors import SentinelError
from tests.core.changelogs import plan

WRITTEN = Path(__file__).with_name("written")
CASES = [
    ("heading-names-the-patch.before.md", "heading-names-the-patch.md", "patch", "1.2.1"),
    ("old-version-twice.before.md", "old-version-twice.md", "patch", "1.2.1"),
    ("before.md", "release-please-fixes.md", "patch", "1.2.1"),
    ("before.md", "changesets-patch.md", "patch", "1.2.1"),
    ("before.md", "git-cliff-fixes.md", "patch", "1.2.1"),
    ("before.md", "fixes.md", "patch", "1.2.1"),
    ("before.md", "performance.md", "patch", "1.2.1"),
    ("towncrier-with-a-name.before.md", "towncrier-with-a-name.md", "patch", "1.2.1"),
    ("before.md", "changesets-major-as-minor.md", "minor", None),
    ("before.md", "towncrier-removals-as-minor.md", "minor", None),
    ("before.md", "git-cliff-breaking-as-minor.md", "minor", None),
    ("patch-of-level-three.before.md", "patch-of-level-three.md", "patch", "1.2.1"),
    ("before.md", "master-unreleased.md", "minor", "1.3.0"),
    ("before.md", "next.md", "minor", "1.3.0"),
    ("before.md", "version-word.md", "patch", "1.2.1"),
    ("restructured-text.before.md", "restructured-text.md", "patch", "1.2.1"),
    ("before.md", "release-candidate.md", "minor", None),
    ("before.md", "calendar-version.md", "minor", None),
    ("before.md", "bold-fixed.md", "patch", "1.2.1"),
    ("before.md", "bold-removed-as-minor.md", "minor", None),
    ("before.md", "nothing-yet.md", "minor", None),
    ("empty-labels.before.md", "empty-labels.md", "minor", None),
    ("before.md", "not-available-under-removed.md", "minor", "1.3.0"),
    ("before.md", "fixed-beside-the-version.md", "patch", "1.2.1"),
    ("old-rc-with-a-space.before.md", "old-rc-with-a-space.md", "patch", "1.2.1"),
    ("before.md", "non-breaking.md", "patch", "1.2.1"),
    ("before.md", "quoted-breaking.md", "patch", "1.2.1"),
    ("before.md", "bold-breaking-as-patch.md", "patch", None),
]


@pytest.mark.requirement("P3.1-version")
@pytest.mark.parametrize(("before", "now", "requested", "version"), CASES, ids=[case[1] for case in CASES])
def test_what_people_and_generators_write_gives_the_version_that_they_mean(
    before: str, now: str, requested: str, version: str | None
) -> None:
    changelog, past = (WRITTEN / now).read_text(), (WRITTEN / before).read_text()
    if version is not None:
        assert plan(changelog, requested, newest="1.2.0", before=past) == version
        return
    with pytest.raises(SentinelError) as caught:
        plan(changelog, requested, newest="1.2.0", before=past)
    assert caught.value.fix
