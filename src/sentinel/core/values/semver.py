"""Semantic versions: how they are read, compared and raised."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentinel.core.values.printable import printable
from sentinel.errors.version import InvalidVersionError


class Bump(StrEnum):
    """From the smallest to the largest."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def dropped(self) -> "Bump":
        """What it is below 1.0.0, where each demand drops one step."""
        return Bump.MINOR if self is Bump.MAJOR else Bump.PATCH


_RANKS = {bump: rank for rank, bump in enumerate(Bump)}


NUMBER = r"(?:0|[1-9][0-9]{0,8})"
"""One of the three numbers of a version: no leading zero, and of a length that stays a number."""
_VERSION = re.compile(rf"({NUMBER})\.({NUMBER})\.({NUMBER})")


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

    def bumped(self, bump: Bump) -> "Version":
        """The next version. Raises InvalidVersionError where a number of it would be longer than one that is read."""
        if bump is Bump.MAJOR:
            numbers = (self.major + 1, 0, 0)
        elif bump is Bump.MINOR:
            numbers = (self.major, self.minor + 1, 0)
        else:
            numbers = (self.major, self.minor, self.patch + 1)
        return Version.parse(".".join(map(str, numbers)))

    def step_to(self, later: "Version") -> Bump:
        """The type of the release from this version to a later one."""
        if later.major > self.major:
            return Bump.MAJOR
        return Bump.MINOR if later.minor > self.minor else Bump.PATCH

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


STABLE = Version(1, 0, 0)
FIRST = Version(0, 1, 0)
"""The version of a first release that no heading names."""
