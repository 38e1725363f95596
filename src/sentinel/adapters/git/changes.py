"""What a release changes, as git counts and names it for the approval."""

from datetime import datetime

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.names import commit_id
from sentinel.adapters.git.objects import COMMIT_LIMIT, commit_of, resolve
from sentinel.core.release.contents import ChangedFile, Changes, Comparison, ReleaseCommit
from sentinel.errors.git import GitFailedError

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # the id that SHA-1 gives a tree without entries


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
    words = [commit_id(commit)]
    if base is not None:
        words.append(f"^{await commit_of(git, base)}")
    form = ("--no-merges", f"--max-count={COMMIT_LIMIT}", "-z", "--format=%H%n%cI%n%an%n%s", "--encoding=UTF-8")
    listing = await git("log", *form, *words, "--")
    rows = (row.split("\n", 3) for row in listing.stdout.decode("utf-8", "replace").split("\0") if row)
    return tuple(
        ReleaseCommit(id=name, author=author, subject=subject, at=datetime.fromisoformat(at))
        for name, at, author, subject in rows
    )
