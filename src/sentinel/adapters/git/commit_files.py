"""What commits of the mirror hold, read by one process of git that looks at the mirror anew for each question.

Nothing that was read is kept beyond that process: what is checked has to be what a checkout made now would hold.
"""

import posixpath
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import anyio
from anyio import to_thread
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from sentinel.adapters.git.command import LOCAL_TIMEOUT, Git
from sentinel.adapters.git.names import is_commit_id, ref_name, sentence, shown
from sentinel.adapters.process_output import STDERR_LIMIT
from sentinel.core.candidate.commit_files import Ignored, TreeFile, content_digest
from sentinel.core.values.printable import printable
from sentinel.errors.git import (
    FileTooLargeError,
    GitFailedError,
    GitTimeoutError,
    IsAFolderError,
    IsALinkError,
    NotAFileError,
    UnknownRevisionError,
)

FILE_LIMIT = 1024 * 1024
LISTING_LIMIT = 256 * 1024 * 1024
"""Bytes of the list of a commit's files, and of one folder of it."""
FOLDER_LIMIT = 500
"""Files of one folder that are read one by one."""
LINK_LIMIT = 64 * 1024
#: Where a tag is looked for: the daemon's own, then the remote's, then the working copy's.
TAG_SPACES = ("refs/tags/", "refs/remote/tags/", "refs/working/tags/")
_COMMAND = "cat-file"
_HEADER_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class _Object:
    id: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stands at a path: its mode as the tree has it, and its object."""

    mode: int
    id: str

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)


class _Objects:
    """The objects of a repository, asked one after another from `git cat-file --batch-command`."""

    def __init__(self, process: Process, errors: IO[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        self._stdin = process.stdin
        self._stdout = BufferedByteReceiveStream(process.stdout)
        self._errors = errors
        self._usable = True

    async def find(self, name: str) -> _Object | None:
        """The object of that full name or reference."""
        return await self._ask(f"info {name}")

    async def content(self, wanted: _Object) -> bytes:
        """Raises GitFailedError where it is not the object that was found."""
        found = await self._ask(f"contents {wanted.id}")
        if found != wanted:
            self._usable = False  # its bytes are not read: they would be taken for the next answer
            raise GitFailedError(command=_COMMAND, detail=f"{wanted.id} changed while it was read")
        return (await self._receive(wanted.size + 1))[:-1]

    async def _ask(self, request: str) -> _Object | None:
        if not self._usable:
            raise GitFailedError(command=_COMMAND, detail="an answer before this one was not read")
        self._usable = False
        try:
            with anyio.fail_after(LOCAL_TIMEOUT):
                await self._stdin.send(f"{request}\n".encode())
                header = await self._stdout.receive_until(b"\n", _HEADER_LIMIT)
        except TimeoutError as error:
            raise GitTimeoutError(command=_COMMAND, seconds=f"{LOCAL_TIMEOUT:g}") from error
        except _ENDED as error:
            raise self._failure() from error
        self._usable = True
        words = header.decode("utf-8", "replace").split(" ")
        return None if words[-1] == "missing" else _Object(words[0], words[1], int(words[2]))

    async def _receive(self, size: int) -> bytes:
        self._usable = False
        try:
            with anyio.fail_after(LOCAL_TIMEOUT):
                received = await self._stdout.receive_exactly(size)
        except TimeoutError as error:
            raise GitTimeoutError(command=_COMMAND, seconds=f"{LOCAL_TIMEOUT:g}") from error
        except _ENDED as error:
            raise self._failure() from error
        self._usable = True
        return received

    def _failure(self) -> GitFailedError:
        self._errors.seek(0)
        return GitFailedError(command=_COMMAND, detail=sentence(self._errors.read(STDERR_LIMIT)))


_ENDED = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, anyio.IncompleteRead)


class CommitFiles:
    """The files of one commit, whose tree has the id `tree`."""

    def __init__(self, git: Git, objects: _Objects, commit: str, tree: str) -> None:
        self.commit = commit
        self.tree = tree
        self._git = git
        self._objects = objects
        self._folders: dict[str, dict[str, _Entry]] = {}
        self._listing: bytes | None = None

    async def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes | None:
        """The bytes of a regular file; None where there is none.

        Raises NotAFileError for links and submodules, IsAFolderError, and FileTooLargeError beyond `limit` bytes.
        """
        entry = await self._entry(path)
        if entry is None:
            return None
        name = shown(path.encode("utf-8", "surrogateescape"))
        if entry.is_folder:
            raise IsAFolderError(path=name, kind="a folder")
        if entry.is_link:
            if target := await self._target(path, entry):
                raise IsALinkError(path=name, target=target)
            raise NotAFileError(path=name, kind="a symbolic link")
        if not entry.is_file:
            raise NotAFileError(path=name, kind="a submodule")
        found = await self._object(entry)
        if found.size > limit:
            raise FileTooLargeError(path=name, size=found.size, limit=limit)
        return await self._objects.content(found)

    async def is_executable(self, path: str) -> bool:
        """Whether a regular file of that path may be executed, as git sees it."""
        entry = await self._entry(path)
        return entry is not None and entry.is_file and bool(entry.mode & stat.S_IXUSR)

    async def linked_folder(self, path: str) -> str | None:
        """The first folder of `path` that is a symbolic link instead."""
        *folders, _ = PurePosixPath(path).parts
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            entry = await self._entry(folder)
            if entry is None or not entry.is_folder:
                return folder if entry is not None and entry.is_link else None
        return None

    async def paths(self) -> tuple[str, ...]:
        """The paths of everything that is no folder."""
        return tuple(path.decode("utf-8", "surrogateescape") for _, path in await self._rows())

    async def paths_in(self, folder: str) -> tuple[str, ...]:
        """The paths of the regular files of `folder`, at most FOLDER_LIMIT, without those of folders in it."""
        entry = await self._entry(folder)
        if entry is None or not entry.is_folder:
            return ()
        place = PurePosixPath(folder)
        entries = await self._folder(entry)
        return tuple(str(place / name) for name, entry in entries.items() if entry.is_file)[:FOLDER_LIMIT]

    async def other_case(self, path: str) -> str | None:
        """A path that differs from `path` in capital and small letters alone, of the files and folders on its way."""
        found, current = "", _Entry(stat.S_IFDIR, self.tree)
        for part in PurePosixPath(path).parts:
            entries = await self._folder(current) if current.is_folder else {}
            name = (
                part if part in entries else next((one for one in entries if one.casefold() == part.casefold()), None)
            )
            if name is None:
                return None
            found, current = f"{found}/{name}" if found else name, entries[name]
        return None if found == path else printable(found)

    async def content_digest(self, ignored: Ignored) -> str:
        """The digest of all files without those that are ignored."""
        rows = await self._rows()
        return await to_thread.run_sync(content_digest, rows, ignored)

    async def _rows(self) -> list[TreeFile]:
        if self._listing is None:
            words = ("ls-tree", "-r", "-z", "--full-tree", self.commit)
            self._listing = (await self._git(*words, limit=LISTING_LIMIT)).stdout
        split = (row.partition(b"\t") for row in self._listing.split(b"\0") if row)
        return [TreeFile(stated, path) for stated, _, path in split]

    async def _entry(self, path: str) -> _Entry | None:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            return None
        entry: _Entry | None = _Entry(stat.S_IFDIR, self.tree)
        for part in parts:
            if entry is None or not entry.is_folder:
                return None
            entry = (await self._folder(entry)).get(part)
        return entry

    async def _folder(self, folder: _Entry) -> dict[str, _Entry]:
        """What a folder holds; a folder is read once for all the paths that lead through it."""
        if folder.id not in self._folders:
            found = await self._object(folder)
            if found.size > LISTING_LIMIT:
                raise FileTooLargeError(path="a folder", size=found.size, limit=LISTING_LIMIT)
            self._folders[folder.id] = await to_thread.run_sync(_entries, await self._objects.content(found))
        return self._folders[folder.id]

    async def _object(self, entry: _Entry) -> _Object:
        found = await self._objects.find(entry.id)
        if found is None:
            raise GitFailedError(command=_COMMAND, detail=f"the object {entry.id} is missing")
        return found

    async def _target(self, path: str, link: _Entry) -> str:
        """Where a link leads within the repository, or nothing."""
        found = await self._object(link)
        said = (await self._objects.content(found)).decode("utf-8", "replace") if found.size <= LINK_LIMIT else "/"
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), said))
        return "" if target.startswith(("/", "..")) or target == "." else shown(target.encode())


@dataclass(frozen=True, slots=True)
class CommitReader:
    """Reads several commits with one process."""

    git: Git
    objects: _Objects

    async def at(self, revision: str) -> CommitFiles:
        """The files at a full commit id or a tag; raises UnknownRevisionError, RefNameError."""
        for name in possible_names(revision):
            commit = await self.objects.find(f"{name}^{{commit}}")
            tree = await self.objects.find(f"{commit.id}^{{tree}}") if commit is not None else None
            if commit is not None and tree is not None:
                return CommitFiles(self.git, self.objects, commit.id, tree.id)
        raise UnknownRevisionError(name=shown(revision.encode("utf-8", "replace")))


@asynccontextmanager
async def reading_commits(git: Git) -> AsyncIterator[CommitReader]:
    with tempfile.TemporaryFile() as errors:
        async with git.running(_COMMAND, "--batch-command", stderr=errors) as process:
            yield CommitReader(git, _Objects(process, errors))


def possible_names(revision: str) -> tuple[str, ...]:
    """What git may know `revision` (a full id or a tag) by, in this order; raises RefNameError."""
    return (revision,) if is_commit_id(revision) else tuple(space + ref_name(revision) for space in TAG_SPACES)


def _entries(tree: bytes) -> dict[str, _Entry]:
    # Where GitPython is imported, it runs git once.
    from git.objects.fun import tree_entries_from_data  # noqa: PLC0415

    try:
        return {name: _Entry(mode, raw.hex()) for raw, mode, name in tree_entries_from_data(tree)}
    except ValueError as error:
        raise GitFailedError(command=_COMMAND, detail=f"a folder cannot be read: {error}") from error
