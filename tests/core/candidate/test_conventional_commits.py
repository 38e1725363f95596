"""Which commits ask for a release, and how large a one: the rules of git-cliff and commitizen."""

from collections import Counter

import pytest

from sentinel.core.candidate.changelog_sources import Commit, commit_entries
from sentinel.core.candidate.version import Published, plan_entries
from sentinel.core.values.semver import Bump, Version
from sentinel.errors.version import VersionTooSmallError

ID = "0123456789abcdef0123456789abcdef01234567"
NEWEST = Version(1, 2, 0)
DEMANDS = {
    "feat: add vouchers": "minor",
    "feat(shop): add vouchers": "minor",
    "FEAT: add vouchers": "minor",
    "fix: round prices": "patch",
    "fix(till)!: round prices": "major",
    "perf: round faster": "patch",
    "refactor: move the till": "patch",
    "revert: feat: add vouchers": "patch",
    "feat!: drop the till": "major",
    "chore!: drop Python 3.8": "major",
    "docs!: x": "major",
    "fix: round\n\nBREAKING CHANGE: prices are integers": "major",
    "chore: x\n\nBREAKING-CHANGE: prices are integers\nRefs: #1": "major",
    "fix: read BREAKING CHANGE: in the middle": "patch",
    "fix: x\n\nA text that says BREAKING CHANGE: inside": "patch",
    "docs: explain": None,
    "chore(deps): update": None,
    "ci: run": None,
    "style: format": None,
    "test: more": None,
    "build: x": None,
    "Add vouchers": None,
    "feat add vouchers": None,
    "feat:": None,
    "feature complete: x": None,
    "wip: x": None,
    "": None,
}


@pytest.mark.parametrize(("message", "demanded"), DEMANDS.items(), ids=repr)
def test_a_commit_asks_for_what_its_type_says_or_for_nothing(message: str, demanded: str | None) -> None:
    entries = commit_entries([Commit(ID, message)])
    if demanded is None:
        assert entries == ()
        return
    (entry,) = entries
    assert entry.where == "commit 0123456789ab"
    for requested in Bump:
        if requested.rank < Bump(demanded).rank:
            with pytest.raises(VersionTooSmallError, match=f"demands {demanded} .commit 0123456789ab"):
                planned(message, requested)
        else:
            assert planned(message, requested) == str(Version(1, 2, 0).bumped(requested))


def planned(message: str, requested: Bump, newest: Version = NEWEST) -> str:
    entries = commit_entries([Commit(ID, message), Commit(ID, "docs: x")])
    return str(plan_entries(requested=requested, entries=entries, past=Counter(), published=Published(newest=newest)))


@pytest.mark.parametrize(("message", "version"), [("feat!: x", "0.5.0"), ("feat: x", "0.4.3"), ("fix: x", "0.4.3")])
def test_below_one_each_type_drops_one_step(message: str, version: str) -> None:
    requested = Bump.MINOR if version == "0.5.0" else Bump.PATCH
    assert planned(message, requested, Version(0, 4, 2)) == version


def test_an_entry_is_the_text_of_the_subject_with_its_scope() -> None:
    commits = [Commit(ID, "feat(shop): add vouchers\n\nLong."), Commit(ID, "fix: round")]
    assert [entry.key for entry in commit_entries(commits)] == [
        (("Features",), "shop: add vouchers"),
        (("Bug Fixes",), "round"),
    ]
