"""The refs of a repository at one moment: what one listing found travels through all checks that follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ref:
    """`commit` is what an annotated tag names; empty for every other ref."""

    object: str
    kind: str
    size: int
    commit: str


@dataclass(frozen=True, slots=True)
class Refs:
    """The refs of the mirror by their full names.

    `remote_tags` are the objects of the remote's tags by name, where the remote was just asked and is the only place
    that is pushed to.
    """

    found: Mapping[str, Ref] = field(default_factory=dict)
    remote_tags: Mapping[str, str] | None = None
