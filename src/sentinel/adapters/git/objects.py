"""Reading commits, trees and files of the mirror."""

import posixpath
from pathlib import PurePosixPath

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.names import commit_id, is_commit_id, ref_name, shown
from sentinel.core.candidate.conventional_commits import Commit
from sentinel.core.candidate.tested_content import Ignored, TreeFile, content_digest
from sentinel.core.values.printable import printable
from sentinel.errors.git import (
    FileTooLargeError,
    GitFailedError,
    IsAFolderError,
    IsALinkError,
    NotAFileError,
    UnknownRevisionError,
)

COMMIT_LIMIT = 20_000
"""Commits since the newest release that are read."""
MESSAGE_LIMIT = 20_000
LISTING_LIMIT = 256 * 1024 * 1024
"""Bytes of the list of a commit's files."""
FILES_LIMIT = 500
"""Files of a folder that are read one by one."""
#: Where a tag is looked for: the daemon's own, then the remote's, then the working copy's.
TAG_SPACES = ("refs/tags/", "refs/remote/tags/", "refs/working/tags/")
LINK_LIMIT = 64 * 1024
_FOLDER, _LINK = "040000", "120000"
_KINDS = {_LINK: "a symbolic link", "160000": "a submodule", _FOLDER: "a folder"}


async def resolve(git: Git, name: str) -> str:
    """The commit that `name` (a full id or a tag) stands for; raises UnknownRevisionError, RefNameError."""
    places = (name,) if is_commit_id(name) else tuple(space + ref_name(name) for space in TAG_SPACES)
    for place in places:
        found = await git.line("rev-parse", "--quiet", "--verify", "--end-of-options", f"{place}^{{commit}}")
        if found is not None:
            return found
    raise UnknownRevisionError(name=shown(name.encode()))


async def tree_of(git: Git, commit: str) -> str:
    """The id of the commit's tree; raises UnknownRevisionError."""
    found = await git.line("rev-parse", "--quiet", "--verify", "--end-of-options", f"{commit_id(commit)}^{{tree}}")
    if found is None:
        raise UnknownRevisionError(name=commit)
    return found


async def has_commit(git: Git, commit: str) -> bool:
    """Whether there is such a commit, reachable or not."""
    return (await git("cat-file", "-e", f"{commit_id(commit)}^{{commit}}", accept=(0, 1, 128))).status == 0


async def content_of(git: Git, commit: str, ignored: Ignored) -> str:
    """The digest of the commit's files without those that are ignored."""
    listing = await git("ls-tree", "-r", "-z", "--full-tree", f"{commit_id(commit)}^{{commit}}", limit=LISTING_LIMIT)
    rows = (row.partition(b"\t") for row in listing.stdout.split(b"\0") if row)
    return content_digest((TreeFile(stated, path) for stated, _, path in rows), ignored)


async def is_ancestor(git: Git, commit: str, of: str) -> bool:
    """Whether `commit` is `of` or in its history; an object that the mirror lacks is not."""
    # Whatever is in the history of a commit of the mirror is in the mirror too.
    if not await has_commit(git, commit):
        return False
    return (await git("merge-base", "--is-ancestor", commit, commit_id(of), accept=(0, 1))).status == 0


async def read_blob(git: Git, revision: str, path: str, limit: int) -> bytes | None:
    """The bytes of a regular file at `revision`, or None where there is nothing.

    Raises NotAFileError for links and submodules, IsAFolderError, and FileTooLargeError beyond `limit` bytes.
    """
    entry = await _entry(git, revision, path)
    if entry is None:
        return None
    mode, blob, size = entry
    if mode == _LINK and int(size) <= LINK_LIMIT and (target := await _target(git, blob, path)):
        raise IsALinkError(path=shown(path.encode()), target=target)
    if mode in _KINDS:
        error = IsAFolderError if mode == _FOLDER else NotAFileError
        raise error(path=shown(path.encode()), kind=_KINDS[mode])
    if int(size) > limit:
        raise FileTooLargeError(path=shown(path.encode()), size=size, limit=limit)
    return (await git("cat-file", "blob", blob, limit=limit)).stdout


async def _target(git: Git, blob: str, path: str) -> str:
    """Where a link leads within the repository, or nothing."""
    said = (await git("cat-file", "blob", blob, limit=LINK_LIMIT)).stdout
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), said.decode("utf-8", "replace")))
    return "" if target.startswith(("/", "..")) or target == "." else shown(target.encode())


async def files(git: Git, commit: str) -> tuple[str, ...]:
    """Every path that is no folder."""
    listing = await git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit_id(commit))
    return tuple(name.decode("utf-8", "surrogateescape") for name in listing.stdout.split(b"\0") if name)


async def link_on_the_way(git: Git, revision: str, path: str) -> str | None:
    """The first folder of `path` that is a symbolic link instead."""
    *folders, _ = PurePosixPath(path).parts
    for depth in range(1, len(folders) + 1):
        place = "/".join(folders[:depth])
        entry = await _entry(git, revision, place)
        if entry is None or entry[0] != _FOLDER:
            return place if entry is not None and entry[0] == _LINK else None
    return None


async def is_executable(git: Git, revision: str, path: str) -> bool:
    """Whether a file is there that has the executable mode."""
    entry = await _entry(git, revision, path)
    return entry is not None and entry[0] == "100755"


async def commits(git: Git, base: str | None, commit: str) -> tuple[Commit, ...]:
    """The commits in the history of `commit` and not of `base`, the newest first and without merges."""
    words = [commit_id(commit)]
    if base is not None:
        words.append(f"^{base if is_commit_id(base) else await resolve(git, base)}")
    form = ("--no-merges", f"--max-count={COMMIT_LIMIT}", "-z", "--format=%H%n%B", "--encoding=UTF-8")
    listing = await git("log", *form, *words, "--")
    found = (row.partition("\n") for row in listing.stdout.decode("utf-8", "replace").split("\0") if row)
    return tuple(Commit(name, message[:MESSAGE_LIMIT]) for name, _, message in found)


async def files_in(git: Git, revision: str, folder: str) -> tuple[str, ...]:
    """The paths of the regular files of `folder` at `revision`, at most FILES_LIMIT, without those of folders in it."""
    place = PurePosixPath(folder)
    commit = revision if is_commit_id(revision) else await resolve(git, revision)
    if place.is_absolute() or ".." in place.parts or "\0" in folder:
        return ()
    listing = await git("ls-tree", "-z", "--full-tree", f"{commit}^{{commit}}", "--", f"{place}/")
    rows = (row.partition(b"\t") for row in listing.stdout.split(b"\0") if row)
    names = [name.decode("utf-8", "surrogateescape") for mode, _, name in rows if mode.startswith(b"100")]
    return tuple(names[:FILES_LIMIT])


async def other_letters(git: Git, commit: str, path: str) -> str | None:
    """A path that differs from `path` in capital and small letters alone, of the files and folders on its way."""
    folder = ""
    parts = PurePosixPath(path).parts
    for part in parts:
        listing = await git(
            "ls-tree", "-z", "--name-only", "--full-tree", f"{commit_id(commit)}:{folder}", accept=(0, 128)
        )
        names = [name.decode("utf-8", "replace") for name in listing.stdout.split(b"\0") if name]
        found = part if part in names else next((one for one in names if one.casefold() == part.casefold()), None)
        if found is None:
            return None
        folder = f"{folder}/{found}" if folder else found
    return None if folder == path else printable(folder)


async def has_path(git: Git, revision: str, path: str) -> bool:
    """Whether anything has that path at `revision`."""
    return await _entry(git, revision, path) is not None


async def _entry(git: Git, revision: str, path: str) -> tuple[str, str, str] | None:
    """Mode, object id and size ("-" but for files) of one path."""
    wanted = str(PurePosixPath(path))
    if path.startswith("/") or wanted == "." or ".." in PurePosixPath(path).parts or "\0" in path:
        return None
    commit = revision if is_commit_id(revision) else await resolve(git, revision)
    try:
        listing = await git("ls-tree", "-z", "--long", "--full-tree", f"{commit}^{{commit}}", "--", wanted)
    except GitFailedError:
        await resolve(git, commit)  # where there is no such commit, that is what is said
        raise
    for row in listing.stdout.split(b"\0"):
        columns, _, name = row.partition(b"\t")
        if name == wanted.encode("utf-8", "surrogateescape"):
            mode, _, blob, size = columns.decode("ascii").split()
            return mode, blob, size
    return None
