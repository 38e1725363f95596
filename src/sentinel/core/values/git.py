"""What git names and lists, as values. Standard library only: the guard reads the names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BRANCHES, TAGS = "refs/heads/", "refs/tags/"
REF = re.compile(
    r"(?![-+/.])(?!@$)(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)|[/.]$))[^\s~^:?*\[\\\x00-\x20\x7f]{1,200}", re.DOTALL
)
"""The rules of git-check-ref-format(1), and no leading "-" (an option) or "+" (a forced refspec)."""
COMMIT = re.compile(r"[0-9a-f]{40}")
LOGIN = re.compile(r"//[^/\s]*@")
"""A login in an address, up to the last @: a password may contain others."""
SENTINEL, SENTINEL_EMAIL = "Sentinel", "sentinel@localhost"
"""The author of Sentinel's own tags and commits, and the name of its key."""


@dataclass(frozen=True, slots=True)
class Ref:
    """`commit` is the one that an annotated tag names; empty for other refs."""

    object: str
    kind: str
    size: int
    commit: str


@dataclass(frozen=True, slots=True)
class Refs:
    """The refs of the mirror by their full names, as one listing found them.

    `remote_tags` are the remote's tags by name, if the remote was just asked and is the only place that is pushed to.
    """

    found: Mapping[str, Ref] = field(default_factory=dict)
    remote_tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BranchCleanup:
    """Which branches the closure deleted, here and on the remote, and which matching ones it kept and why."""

    deleted: tuple[str, ...] = ()
    remote_deleted: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
