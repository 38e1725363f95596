"""Patterns of paths: `*`, `?` and `[…]` within a segment, and `**` for any number of folders."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matching(paths: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """The paths that a pattern means, in their order."""
    wanted = [_segments(pattern) for pattern in patterns]
    return tuple(path for path in paths if any(_matches(_segments(path), parts) for parts in wanted))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part not in ("", "."))


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """By the positions in the pattern that the segments so far can have reached: no pattern takes long."""
    reached = _skipping({0}, pattern)
    for segment in path:
        after = set()
        for position in reached:
            if position < len(pattern):
                if pattern[position] == "**":
                    after.add(position)
                elif fnmatchcase(segment, pattern[position]):
                    after.add(position + 1)
        reached = _skipping(after, pattern)
    return len(pattern) in reached


def _skipping(reached: set[int], pattern: tuple[str, ...]) -> set[int]:
    """`**` may stand for nothing."""
    for position in sorted(reached):
        following = position
        while following < len(pattern) and pattern[following] == "**":
            following += 1
            reached.add(following)
    return reached
