"""Semantic versions, and the next one as the changelog demands it (protocol 3.1, design 6)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentinel.core.changelog import Changelog, Section, parse_changelog
from sentinel.core.printable import printable
from sentinel.errors.version import (
    HeadingVersionError,
    InvalidVersionError,
    NothingUnreleasedError,
    RetiredVersionError,
    VersionTooSmallError,
)

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}", re.ASCII)


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
    "removed": Bump.MAJOR,
    "added": Bump.MINOR,
    "changed": Bump.MINOR,
    "deprecated": Bump.MINOR,
    "fixed": Bump.PATCH,
    "security": Bump.PATCH,
}
"""What an entry of each category demands (design 6); one under another heading is taken as a minor change."""
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
    before = (
        parse_changelog(changelog_at_newest) if changelog_at_newest and changelog_at_newest.strip() else Changelog()
    )
    heading = _named_version(now, newest)
    fresh = _fresh_entries(now, before, heading)
    if not fresh:
        raise NothingUnreleasedError
    if newest is not None:
        _require_large_enough(requested, fresh, newest)
    version = _numbered(requested, newest, heading, retired)
    if version in retired:
        raise RetiredVersionError(version=version)
    return version


def _named_version(changelog: Changelog, newest: Version | None) -> Version | None:
    """The version of the first heading, where it is above the newest tag."""
    versions = [found for section in changelog.releases if (found := Version.from_tag(section.version, "")) is not None]
    if not versions:
        return None
    highest = max(versions)
    return highest if newest is None or highest > newest else None


def _fresh_entries(now: Changelog, before: Changelog, heading: Version | None) -> tuple[tuple[str, str], ...]:
    """(category, text) of every entry to release that the changelog at the newest tag does not have."""
    known = {text for section in before.sections for _, text in section.entries}
    sections: list[Section] = [now.unreleased] if now.unreleased else []
    if heading is not None:
        sections += [section for section in now.releases if section.version == str(heading)]
    return tuple(entry for section in sections for entry in section.entries if entry[1] not in known)


def _require_large_enough(requested: Bump, fresh: tuple[tuple[str, str], ...], newest: Version) -> None:
    demanded, reason = max((_demand(category, text) for category, text in fresh), key=lambda found: found[0].rank)
    if newest < STABLE:
        demanded = _DROPPED[demanded]
    if requested.rank < demanded.rank:
        raise VersionTooSmallError(requested=requested, demanded=demanded, reason=reason)


def _demand(category: str, text: str) -> tuple[Bump, str]:
    if "BREAKING" in text:
        return Bump.MAJOR, "an entry says BREAKING"
    return _DEMANDS.get(
        category.casefold(), Bump.MINOR
    ), f"it has an entry under {printable(category or 'no category', limit=40)}"


def _numbered(requested: Bump, newest: Version | None, heading: Version | None, retired: frozenset[Version]) -> Version:
    if newest is None:
        return heading or _free(FIRST, requested, retired)
    if heading is None:
        return _free(newest.bumped(requested), requested, retired)
    expected = newest.bumped(requested)
    skipped = _free(expected, requested, retired)
    if heading not in (expected, skipped):
        raise HeadingVersionError(heading=heading, requested=requested, newest=newest, expected=expected)
    return heading


def _free(version: Version, bump: Bump, retired: frozenset[Version]) -> Version:
    """`version`, or the next one of the same type that was never published."""
    while version in retired:
        version = version.bumped(bump)
    return version
