"""The mirror's refs, listed by one process of git, and the annotated tags among them as they are stored."""

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.commit_files import TAG_SPACES
from sentinel.core.proof.checkpoint import TAG_NAME, TAG_SIZE_LIMIT, TagObject
from sentinel.core.values.git import TAGS, Ref, Refs

_FORMAT = "%(objecttype) %(objectname) %(objectsize) %(refname) %(*objectname)"
_PLACES = (TAGS, "refs/remote/", "refs/working/")
_LIMIT = 256 * 1024 * 1024
"""Whoever writes to the working copy can make any number of tags."""


async def list_refs(git: Git, *places: str) -> Refs:
    """The refs that begin with one of `places`; all that are not the mirror's own branches by default."""
    listing = await git("for-each-ref", f"--format={_FORMAT}", *(places or _PLACES), limit=_LIMIT)
    rows = (row.split(" ") for row in listing.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1])
    return Refs({name: Ref(found, kind, int(size), commit) for kind, found, size, name, commit in rows})


COUNT_LIMIT = 100_000
"""Tags of one origin that are read at most: whoever writes to the working copy can make any number."""
_OWN = TAG_SPACES[0]


async def tag_objects(git: Git, refs: Refs | None = None) -> tuple[TagObject, ...]:
    """Annotated tags whose name and size are those of a release's, the daemon's own first."""
    refs = refs if refs is not None else await list_refs(git)
    found = []
    for space in TAG_SPACES:
        tags = [(ref.removeprefix(space), tag) for ref, tag in refs.found.items() if ref.startswith(space)]
        found += [
            (tag.object, name, space == _OWN)
            for name, tag in tags[:COUNT_LIMIT]
            if tag.kind == "tag" and tag.size <= TAG_SIZE_LIMIT and TAG_NAME.fullmatch(name)
        ]
    contents = await _contents(git, [object_id for object_id, _, _ in found])
    return tuple(TagObject(name, contents[object_id], own) for object_id, name, own in found)


async def _contents(git: Git, object_ids: list[str]) -> dict[str, bytes]:
    """Each object's bytes, from the answers of `git cat-file --batch`: a line with the size, the bytes, a newline."""
    wanted = "".join(f"{object_id}\n" for object_id in dict.fromkeys(object_ids))
    left = (await git("cat-file", "--batch", stdin=wanted.encode())).stdout
    contents, place = {}, 0
    while place < len(left):
        end = left.index(b"\n", place)
        object_id, _, size = left[place:end].decode("ascii").split(" ")
        contents[object_id] = left[end + 1 : end + 1 + int(size)]
        place = end + 1 + int(size) + 1
    return contents
