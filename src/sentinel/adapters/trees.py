"""Whole folders, walked by descriptors: no link is followed, even where another user exchanges names meanwhile.

Every walk of the daemon through a folder that commands can write goes through here. Standard library only: the launcher
does it too.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
DEPTH = 48
"""How many folders are open at once while a tree is removed; deeper ones are moved up first."""

Faults = Callable[[OSError], None]


@contextmanager
def opened(path: Path | str, *, at: int | None = None) -> Iterator[int]:
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
                    yield from _file(folder, name)
    for parts in reversed(folders):
        with inside(top, parts) as folder:
            yield folder


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


def remove_tree(path: Path) -> None:
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


def remove_contents(path: Path, faults: Faults) -> None:
    """Removes what is in the folder `path`; what cannot be removed is told to `faults` and stays."""
    with _entered(path, None) as top:
        while _clear(top, top, 0, faults):  # what lay deep is at the top now
            pass


def _clear(folder: int, top: int, depth: int, faults: Faults) -> bool:
    """Whether something was moved up to `top`, and is left to be removed there."""
    moved = False
    for name, kind in _entries(folder):
        try:
            if not stat.S_ISDIR(kind):
                os.unlink(name, dir_fd=folder)
            elif depth >= DEPTH:
                with _entered(name, folder):  # it can be moved only if it can be written
                    os.rename(name, f".{secrets.token_hex(8)}", src_dir_fd=folder, dst_dir_fd=top)
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
def _entered(name: Path | str, at: int | None) -> Iterator[int]:
    """A folder to remove things from; one of ours that is closed is opened for that."""
    _open_to_us(name, at)
    with opened(name, at=at) as folder:
        yield folder


def _open_to_us(name: Path | str, at: int | None) -> None:
    """By a descriptor that needs no right to read; systems without such ones change modes without following."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, stat.S_IRWXU, dir_fd=at, follow_symlinks=False)
        return
    handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        if os.fstat(handle).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            with suppress(OSError):  # another user's, whose group may be ours
                os.chmod(f"/proc/self/fd/{handle}", stat.S_IRWXU)  # noqa: PTH101 - a descriptor
    finally:
        os.close(handle)


def _file(folder: int, name: str) -> Iterator[int]:
    """Nothing where it is no regular file any more."""
    try:
        file = os.open(name, FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO):
            return
        raise
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):
            yield file
    finally:
        os.close(file)


def _entries(folder: int) -> list[tuple[str, int]]:
    """The names in a folder with their kinds."""
    with os.scandir(folder) as found:
        return [(entry.name, _kind(entry)) for entry in found]


def _kind(entry: "os.DirEntry[str]") -> int:
    if entry.is_dir(follow_symlinks=False):
        return stat.S_IFDIR
    return stat.S_IFREG if entry.is_file(follow_symlinks=False) else 0
