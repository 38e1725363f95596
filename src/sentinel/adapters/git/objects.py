"""Commits of the mirror and what a release changes; its refs, and the annotated tags as they are stored."""

from datetime import datetime

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.commit_files import TAG_SPACES, possible_names
from sentinel.adapters.git.names import commit_id, is_commit_id, shown
from sentinel.core.candidate.changelog_sources import Commit
from sentinel.core.proof.checkpoint import TAG_NAME, TAG_SIZE_LIMIT, TagObject
from sentinel.core.release.contents import ChangedFile, Changes, Comparison, ReleaseCommit
from sentinel.core.values.git import TAGS, Ref, Refs
from sentinel.errors.git import GitFailedError, UnknownRevisionError

COMMIT_LIMIT = 20_000
"""Commits since the newest release that are read."""
MESSAGE_LIMIT = 20_000
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # the id that SHA-1 gives a tree without entries
_REF_FORMAT = "%(objecttype) %(objectname) %(objectsize) %(refname) %(*objectname)"
_REF_PREFIXES = (TAGS, "refs/remote/", "refs/working/")
_REFS_LIMIT = 256 * 1024 * 1024
"""Whoever writes to the working copy can make any number of tags."""
TAG_LIMIT = 100_000
"""Tags of one origin that are read at most: whoever writes to the working copy can make any number."""
_OWN = TAG_SPACES[0]


async def resolve(git: Git, name: str) -> str:
    """The commit that `name` (a full id or a tag) stands for; raises UnknownRevisionError, RefNameError."""
    for full_name in possible_names(name):
        found = await git.line("rev-parse", "--quiet", "--verify", "--end-of-options", f"{full_name}^{{commit}}")
        if found is not None:
            return found
    raise UnknownRevisionError(name=shown(name.encode()))


async def commit_of(git: Git, revision: str) -> str:
    """The commit that `revision` stands for; a full id stands for itself, whether there is such a commit or not."""
    return revision if is_commit_id(revision) else await resolve(git, revision)


async def has_commit(git: Git, commit: str) -> bool:
    """Whether there is such a commit, reachable or not."""
    return (await git("cat-file", "-e", f"{commit_id(commit)}^{{commit}}", accept=(0, 1, 128))).status == 0


async def is_ancestor(git: Git, commit: str, of: str) -> bool:
    """Whether `commit` is `of` or in its history; an object that the mirror lacks is not."""
    words = ("merge-base", "--is-ancestor", commit_id(commit), commit_id(of))
    return (await git(*words, accept=(0, 1, 128))).status == 0


async def commits(git: Git, base: str | None, commit: str) -> tuple[Commit, ...]:
    """The commits in the history of `commit` and not of `base`, the newest first and without merges."""
    found = (row.partition("\n") for row in await _logged(git, base, commit, "%H%n%B"))
    return tuple(Commit(name, message[:MESSAGE_LIMIT]) for name, _, message in found)


async def compare(git: Git, base: str | None, commit: str) -> Comparison:
    """Files, insertions and deletions from `base` (a commit, a tag, or None: nothing) to `commit`.

    A renamed file counts as one removed and one added; a binary file counts as a file without lines.
    """
    before = _EMPTY_TREE if base is None else await commit_of(git, base)
    options = ("-r", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    try:
        listing = await git("diff-tree", *options, before, commit_id(commit))
    except GitFailedError:
        if base is not None:
            await resolve(git, base)  # where there is no such commit, that is what is said
        raise
    files = tuple(_file(row) for row in listing.stdout.split(b"\0") if row)
    total = Changes(
        files=len(files),
        insertions=sum(file.insertions or 0 for file in files),
        deletions=sum(file.deletions or 0 for file in files),
    )
    return Comparison(total=total, files=files)


def _file(row: bytes) -> ChangedFile:
    added, removed, path = row.split(b"\t", 2)
    lines = (None, None) if added == b"-" else (int(added), int(removed))
    return ChangedFile(path=path.decode("utf-8", "surrogateescape"), insertions=lines[0], deletions=lines[1])


async def log(git: Git, base: str | None, commit: str) -> tuple[ReleaseCommit, ...]:
    """The commits in the history of `commit` and not of `base`, the newest first and without merges."""
    rows = (row.split("\n", 3) for row in await _logged(git, base, commit, "%H%n%cI%n%an%n%s"))
    return tuple(
        ReleaseCommit(id=name, author=author, subject=subject, at=datetime.fromisoformat(at))
        for name, at, author, subject in rows
    )


async def _logged(git: Git, base: str | None, commit: str, form: str) -> list[str]:
    words = [commit_id(commit)]
    if base is not None:
        words.append(f"^{await commit_of(git, base)}")
    options = ("--no-merges", f"--max-count={COMMIT_LIMIT}", "-z", f"--format={form}", "--encoding=UTF-8")
    listing = await git("log", *options, *words, "--")
    return [row for row in listing.stdout.decode("utf-8", "replace").split("\0") if row]


async def list_refs(git: Git, *prefixes: str) -> Refs:
    """The refs that begin with one of `prefixes`; all that are not the mirror's own branches by default."""
    listing = await git("for-each-ref", f"--format={_REF_FORMAT}", *(prefixes or _REF_PREFIXES), limit=_REFS_LIMIT)
    rows = (row.split(" ") for row in listing.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1])
    return Refs({name: Ref(found, kind, int(size), commit) for kind, found, size, name, commit in rows})


async def tag_objects(git: Git, refs: Refs | None = None) -> tuple[TagObject, ...]:
    """Annotated tags whose name and size are those of a release's, the daemon's own first."""
    refs = refs if refs is not None else await list_refs(git)
    found = []
    for space in TAG_SPACES:
        tags = [(ref.removeprefix(space), tag) for ref, tag in refs.found.items() if ref.startswith(space)]
        found += [
            (tag.object, name, space == _OWN)
            for name, tag in tags[:TAG_LIMIT]
            if tag.kind == "tag" and tag.size <= TAG_SIZE_LIMIT and TAG_NAME.fullmatch(name)
        ]
    contents = await _contents(git, [object_id for object_id, _, _ in found])
    return tuple(TagObject(name, contents[object_id], own) for object_id, name, own in found)


async def _contents(git: Git, object_ids: list[str]) -> dict[str, bytes]:
    """Each object's bytes, from the answers of `git cat-file --batch`: a line with the size, the bytes, a newline."""
    wanted = "".join(f"{object_id}\n" for object_id in dict.fromkeys(object_ids))
    left = (await git("cat-file", "--batch", stdin=wanted.encode())).stdout
    contents, position = {}, 0
    while position < len(left):
        end = left.index(b"\n", position)
        object_id, _, size = left[position:end].decode("ascii").split(" ")
        contents[object_id] = left[end + 1 : end + 1 + int(size)]
        position = end + 1 + int(size) + 1
    return contents
