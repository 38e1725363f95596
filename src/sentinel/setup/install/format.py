"""A format of configuration files: how to read one, and how to change one value without touching the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Settings = dict[str, object]
Path = tuple[str, ...]
"""The keys that lead to a value, from the top."""


class BrokenError(ValueError):
    """The text is not in the format; the message says where and why."""


class ShapeError(ValueError):
    """A key that should hold settings holds something else; the message is the key."""


@dataclass(frozen=True, slots=True)
class Format:
    """`read` raises BrokenError, `put` returns the text with the value there, raising BrokenError or ShapeError."""

    name: str
    read: Callable[[str], Settings]
    put: Callable[[str, Path, object], str]
    write: Callable[[Mapping[str, object]], str]
