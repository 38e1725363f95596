"""Semantic versions, and the next one as the changelog demands it (protocol 3.1, design 6)."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentinel.core.changelog import NUMBER, Changelog, Entry, Section, count_entries, parse_changelog, past_entries
from sentinel.core.printable import printable
from sentinel.errors.version import (
    HeadingVersionError,
    InvalidVersionError,
    NothingUnreleasedError,
    RetiredVersionError,
    VersionTooSmallError,
)

_VERSION = re.compile(rf"({NUMBER})\.({NUMBER})\.({NUMBER})")
_WORD = re.compile(r"\w+")


class Bump(StrEnum):
    """The `type` of a release, from the smallest to the largest."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        return list(Bump).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """MAJOR.MINOR.PATCH; pre-releases are not released."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidVersionError."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise InvalidVersionError(text=printable(text, limit=60))
        return cls(*(int(number) for number in match.groups()))

    @classmethod
    def from_tag(cls, tag: str, prefix: str) -> Self | None:
        """None where `tag` is not a release tag with this prefix."""
        rest = tag.removeprefix(prefix)
        if not tag.startswith(prefix) or _VERSION.fullmatch(rest) is None:
            return None
        return cls.parse(rest)

    def bumped(self, bump: Bump) -> "Version":
        if bump is Bump.MAJOR:
            return Version(self.major + 1, 0, 0)
        if bump is Bump.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


FIRST = Version(0, 1, 0)
"""The version of a first release that no heading names (design 6)."""
STABLE = Version(1, 0, 0)

_DEMANDS = {
    "breaking": Bump.MAJOR,
    "removed": Bump.MAJOR,
    "added": Bump.MINOR,
    "changed": Bump.MINOR,
    "deprecated": Bump.MINOR,
    "fixed": Bump.PATCH,
    "security": Bump.PATCH,
}
"""What an entry of each category demands (design 6); one under other headings alone is taken as a minor change."""
_DROPPED = {Bump.MAJOR: Bump.MINOR, Bump.MINOR: Bump.PATCH, Bump.PATCH: Bump.PATCH}
"""Below 1.0.0 each demand drops one step (design 6)."""


def plan_version(
    *,
    requested: Bump,
    changelog: str,
    newest: Version | None,
    changelog_at_newest: str | None,
    retired: frozenset[Version],
) -> Version:
    """The version of the next release.

    `newest` is the newest reachable release tag and `changelog_at_newest` the changelog there. Raises what is wrong
    with the changelog, NothingUnreleasedError, VersionTooSmallError, HeadingVersionError or RetiredVersionError.
    """
    now = parse_changelog(changelog)
    named = frozenset(version for version in map(_version_of, now.releases) if newest is None or version > newest)
    fresh = _fresh_entries(now, past_entries(changelog_at_newest or ""), named)
    if not fresh:
        raise NothingUnreleasedError
    if newest is not None:
        _require_large_enough(requested, fresh, newest)
    version = _numbered(requested, newest, max(named, default=None), retired)
    if version in retired:
        raise RetiredVersionError(version=version)
    return version


def _version_of(section: Section) -> Version:
    return Version.parse(section.version)


def _fresh_entries(now: Changelog, past: Counter[Entry], named: frozenset[Version]) -> tuple[Entry, ...]:
    """Every entry to release: unreleased or under a heading above the newest tag, and not in the changelog there.

    An entry that stands there is new all the same when it stands more often now, as "Update dependencies" does.
    """
    counted = count_entries(now.sections)
    sections = (section for section in now.sections if not section.version or _version_of(section) in named)
    return tuple(entry for section in sections for entry in section.entries if counted[entry] > past[entry])


def _require_large_enough(requested: Bump, fresh: tuple[Entry, ...], newest: Version) -> None:
    demanded, reason = max((_demand(entry) for entry in fresh), key=lambda found: found[0].rank)
    if newest < STABLE:
        demanded = _DROPPED[demanded]
    if requested.rank < demanded.rank:
        raise VersionTooSmallError(requested=requested, demanded=demanded, reason=reason)


def _demand(entry: Entry) -> tuple[Bump, str]:
    """The largest that the entry or a heading above it demands, and why."""
    if "BREAKING" in entry.text:
        return Bump.MAJOR, "an entry says BREAKING"
    words = [word for heading in entry.headings for word in _WORD.findall(heading.casefold())]
    demands = [_DEMANDS[word] for word in words if word in _DEMANDS] or [Bump.MINOR]
    heading = printable(", ".join(entry.headings) or "no category", limit=40)
    return max(demands, key=lambda bump: bump.rank), f"it has an entry under {heading}"


def _numbered(requested: Bump, newest: Version | None, heading: Version | None, retired: frozenset[Version]) -> Version:
    if newest is None:
        return heading or _free(FIRST, requested, retired)
    if heading is None:
        return _free(newest.bumped(requested), requested, retired)
    following = newest.bumped(requested)
    expected = _free(following, requested, retired)
    if heading not in (following, expected):
        raise HeadingVersionError(heading=heading, requested=requested, newest=newest, expected=expected)
    return heading


def _free(version: Version, bump: Bump, retired: frozenset[Version]) -> Version:
    """`version`, or the next one of the same type that was never published."""
    while version in retired:
        version = version.bumped(bump)
    return version
