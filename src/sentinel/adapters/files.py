"""Files and folders: read within bounds, written whole or not at all, walked and removed without following a link.

Others may have put there what is read, and may exchange names while a folder is walked; so folders are walked by
descriptors. Standard library only, and without pathlib: what AI clients start often loads this.
"""
# ruff: noqa: PTH105, PTH118, PTH120, PTH123

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # importing typing takes longer than the rest
if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    PathOrName = Path | str

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PUBLIC, SECRET = 0o644, 0o600
"""Modes of files."""
WRONG_KIND = "it is not a regular file"
DEPTH = 48
"""How many folders are open at once while a tree is removed; deeper ones are moved up first."""
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

Faults = Callable[[OSError], None]


class NotRegularError(OSError):
    """A folder, a pipe, a device … where a file was expected."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, WRONG_KIND)


def open_regular(path: "PathOrName", *, at: int | None = None, follow: bool = True) -> "BufferedReader":
    """A regular file, open for reading; a pipe is not waited for, a device not read. Raises OSError."""
    descriptor = os.open(path, _FILE if follow else _FILE | os.O_NOFOLLOW, dir_fd=at)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise NotRegularError


def read_regular(path: "PathOrName", limit: int) -> bytes | None:
    """At most `limit` bytes of a regular file; None where there is no such file, or it cannot be read."""
    try:
        with open_regular(path) as stream:
            return stream.read(limit)
    except (OSError, ValueError):
        return None


def read_whole(path: "PathOrName", limit: int) -> bytes:
    """All of a regular file. Raises OSError, also where it has more than `limit` bytes."""
    with open_regular(path) as stream:
        return read_all(stream, limit)


def read_all(stream: "BufferedReader", limit: int) -> bytes:
    """What is left of an open file. Raises OSError where that is more than `limit` bytes."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes")
    return content


def write_whole(
    path: "PathOrName",
    content: bytes,
    *,
    mode: int = PUBLIC,
    owner: tuple[int, int] | None = None,
    at: int | None = None,
    lasting: bool = True,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Makes or replaces a file in one step: it has all of `content` and its exact mode, or is as it was.

    It survives a power failure once this returns, unless it need not be `lasting`. `owner` are a user and a group.
    `check` is called right before the step, and may raise. Raises OSError.
    """
    with _aside(path, content, mode, owner, at, lasting=lasting) as partial:
        check()
        os.replace(partial, path, src_dir_fd=at, dst_dir_fd=at)
    if lasting and at is None:
        sync(os.path.dirname(path) or ".")


def write_new(path: "PathOrName", content: bytes, *, mode: int = PUBLIC) -> bool:
    """Makes a whole and lasting file, or leaves the one that is there; whether it was made. Raises OSError."""
    with _aside(path, content, mode) as partial:
        try:
            os.link(partial, path)  # unlike a rename, it replaces nothing
        except FileExistsError:
            return False
    sync(os.path.dirname(path) or ".")
    return True


def write_reserved(path: "PathOrName", content: bytes, *, reserve: "PathOrName") -> None:
    """As `write_whole`, through the file `reserve`: the room that it has on the disk is used. Raises OSError."""
    descriptor = os.open(reserve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(descriptor, len(content))
    finally:
        os.close(descriptor)
    put_in_place(reserve, path)


def put_in_place(partial: "PathOrName", path: "PathOrName") -> None:
    """Gives what is finished its name, lastingly: a file, or a folder whose contents are lasting. Raises OSError."""
    sync(partial)
    os.replace(partial, path)
    sync(os.path.dirname(path) or ".")


def sync(path: "PathOrName") -> None:
    """Returns when a file, or the names in a folder, are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: "Path") -> Iterator[None]:
    """Holds a folder for one at a time, also of several daemons; it is made for its owner alone where there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def opened(path: "PathOrName", *, at: int | None = None) -> Iterator[int]:
    """A descriptor of a folder. Raises OSError for a link, and for whatever else is not a folder."""
    descriptor = os.open(path, FOLDER, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def inside(top: int, parts: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the folder `parts` below `top`; each part must be a real folder."""
    descriptor = os.dup(top)
    try:
        for part in parts:
            below = os.open(part, FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def contents_first(top: int) -> Iterator[int]:
    """A descriptor of every regular file and folder at or below `top`, after all that a folder holds; `top` comes last.

    Each is closed when the next one is asked for.
    """
    waiting: list[tuple[str, ...]] = [()]
    folders: list[tuple[str, ...]] = []
    while waiting:
        parts = waiting.pop()
        folders.append(parts)
        with inside(top, parts) as folder:
            for name, kind in _entries(folder):
                if stat.S_ISDIR(kind):
                    waiting.append((*parts, name))
                elif stat.S_ISREG(kind):
                    yield from _regular(folder, name)
    for parts in reversed(folders):
        with inside(top, parts) as folder:
            yield folder


def seal(folder: "Path") -> None:
    """Makes a folder and those in it read-only and lasting, the innermost first. Raises OSError."""
    with opened(folder) as top:
        for descriptor in contents_first(top):
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, 0o555)
                os.fsync(descriptor)


def open_to_group(path: "Path") -> None:
    """Lets the group read the files and enter the folders below `path` that are ours, whatever modes they were given.

    What cannot be entered or changed stays as it is, and so does whatever a link leads to.
    """
    with suppress(OSError), opened(path) as top:
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            with suppress(OSError), inside(top, parts) as folder:
                for name, kind in _entries(folder):
                    with suppress(OSError):
                        _add_modes(name, folder, _GROUP_READS.get(kind, 0), kind)
                    if stat.S_ISDIR(kind):
                        waiting.append((*parts, name))


_GROUP_READS = {
    stat.S_IFDIR: stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP,
    stat.S_IFREG: stat.S_IRUSR | stat.S_IRGRP,
}


def names(top: int) -> Iterator[str]:
    """The path below `top` of everything that is not a folder."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        with inside(top, parts) as folder:
            for name, kind in _entries(folder):
                if stat.S_ISDIR(kind):
                    waiting.append((*parts, name))
                else:
                    yield "/".join((*parts, name))


def remove_tree(path: "Path") -> None:
    """Removes a folder with all that is in it, also read-only folders of ours; of a link, the link. Raises OSError."""

    def fault(error: OSError) -> None:
        raise error

    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(kind):
        path.unlink()
        return
    remove_contents(path, fault)
    path.rmdir()


def remove_contents(path: "Path", faults: Faults) -> None:
    """Removes what is in the folder `path`; what cannot be removed is told to `faults` and stays."""
    with _entered(path, None) as top:
        while _clear(top, top, 0, faults):  # what lay deep is at the top now
            pass


def unused_name() -> str:
    """A hidden name that nobody can have taken."""
    return f".{os.urandom(8).hex()}"


@contextmanager
def _aside(
    path: "PathOrName",
    content: bytes,
    mode: int,
    owner: tuple[int, int] | None = None,
    at: int | None = None,
    *,
    lasting: bool = True,
) -> Iterator[str]:
    """The content in a file beside `path`, for the length of the block."""
    partial = os.path.join(os.path.dirname(path), unused_name())
    descriptor = os.open(partial, NEW, SECRET, dir_fd=at)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if owner is not None:
                os.fchown(descriptor, *owner)  # before the mode: it clears the bits that come after it
            os.fchmod(descriptor, mode)
            if lasting:
                os.fsync(descriptor)
        yield partial
    finally:
        with suppress(OSError):  # it has its own name by now
            os.unlink(partial, dir_fd=at)


def _clear(folder: int, top: int, depth: int, faults: Faults) -> bool:
    """Whether something was moved up to `top`, and is left to be removed there."""
    moved = False
    for name, kind in _entries(folder):
        try:
            if not stat.S_ISDIR(kind):
                os.unlink(name, dir_fd=folder)
            elif depth >= DEPTH:
                with _entered(name, folder):  # it can be moved only if it can be written
                    os.rename(name, unused_name(), src_dir_fd=folder, dst_dir_fd=top)
                moved = True
            else:
                with _entered(name, folder) as below:
                    moved |= _clear(below, top, depth + 1, faults)
                os.rmdir(name, dir_fd=folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            faults(error)
    return moved


@contextmanager
def _entered(name: "PathOrName", at: int | None) -> Iterator[int]:
    """A folder to remove things from; one of ours that is closed is opened for that."""
    _add_modes(name, at, stat.S_IRWXU, stat.S_IFDIR)
    with opened(name, at=at) as folder:
        yield folder


def _add_modes(name: "PathOrName", at: int | None, bits: int, kind: int) -> None:
    """Of a file of ours of that `kind`; by a descriptor that needs no right to read, so that no link is followed.

    Systems without such descriptors change modes without following.
    """
    if not hasattr(os, "O_PATH"):
        os.chmod(name, bits, dir_fd=at, follow_symlinks=False)
        return
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_IFMT(mode) == kind and bits & ~mode:
            with suppress(OSError):  # another user's, whose group may be ours
                os.chmod(f"/proc/self/fd/{handle}", stat.S_IMODE(mode) | bits)  # noqa: PTH101 - a descriptor
    finally:
        os.close(handle)


def _regular(folder: int, name: str) -> Iterator[int]:
    """Nothing where it is no regular file any more."""
    try:
        with open_regular(name, at=folder, follow=False) as stream:
            yield stream.fileno()
    except NotRegularError:
        return
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOENT, errno.ENXIO):
            raise


def _entries(folder: int) -> list[tuple[str, int]]:
    """The names in a folder with their kinds."""
    with os.scandir(folder) as found:
        return [(entry.name, _kind(entry)) for entry in found]


def _kind(entry: "os.DirEntry[str]") -> int:
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR
    return stat.S_IFREG if entry.is_file(follow_symlinks=False) else 0
