"""What a release changes, from the commits of a team that writes Conventional Commits.

The types that ask for a release, and how large a one, are those of git-cliff and commitizen; a commit of any other
type, such as `docs` or `chore`, asks for none.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sentinel.core.candidate.changelog import Entry

_SUBJECT = re.compile(r"(?P<type>[A-Za-z]{1,20})(?:\((?P<scope>[^()]{0,80})\))?(?P<breaks>!)?:[ \t]+(?P<text>\S.*)")
_FOOTER = re.compile(r"^BREAKING[ -]CHANGE:[ \t]", re.MULTILINE)
_HEADINGS = {
    "feat": "Features",
    "fix": "Bug Fixes",
    "perf": "Performance",
    "refactor": "Refactor",
    "revert": "Reverts",
}
BREAKING = "Breaking Changes"


def is_conventional(subject: str) -> bool:
    """Whether a commit's first line has the form."""
    return _SUBJECT.fullmatch(subject.strip()) is not None


class Commit(NamedTuple):
    id: str
    message: str


def commit_entries(commits: Iterable[Commit]) -> tuple[Entry, ...]:
    """An entry for each commit that asks for a release, in the order of `commits`."""
    return tuple(entry for commit in commits if (entry := _entry(commit)) is not None)


def _entry(commit: Commit) -> Entry | None:
    subject, _, body = commit.message.strip().partition("\n")
    match = _SUBJECT.fullmatch(subject.strip())
    if match is None:
        return None
    breaking = match["breaks"] is not None or _FOOTER.search(body) is not None
    heading = BREAKING if breaking else _HEADINGS.get(match["type"].lower())
    if heading is None:
        return None
    scope = f"{match['scope']}: " if match["scope"] else ""
    return Entry((heading,), f"{scope}{match['text']}", breaking=breaking, where=f"commit {commit.id[:12]}")
