"""The mirror's refs, listed by one process of git."""

from sentinel.adapters.git.command import Git
from sentinel.core.candidate.refs import Ref, Refs
from sentinel.core.values.git_names import TAGS

_FORMAT = "%(objecttype) %(objectname) %(objectsize) %(refname) %(*objectname)"
_PLACES = (TAGS, "refs/remote/", "refs/working/")
_LIMIT = 256 * 1024 * 1024
"""Whoever writes to the working copy can make any number of tags."""


async def list_refs(git: Git, *places: str) -> Refs:
    """The refs that begin with one of `places`; all that are not the mirror's own branches by default."""
    listing = await git("for-each-ref", f"--format={_FORMAT}", *(places or _PLACES), limit=_LIMIT)
    rows = (row.split(" ") for row in listing.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1])
    return Refs({name: Ref(found, kind, int(size), commit) for kind, found, size, name, commit in rows})
