"""The `type` of a release: how far it moves the version."""

from enum import StrEnum


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
