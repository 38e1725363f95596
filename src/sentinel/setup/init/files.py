"""New files of a working copy: all of them or none, never in place of another, and never through a link."""

import os
import stat
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sentinel.adapters.files import NEW
from sentinel.adapters.files import opened as opened_folder
from sentinel.core.values.printable import printable
from sentinel.errors.setup import PathInTheWayError, RepositoryUnusableError

_KINDS = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISREG, "a file"))


@dataclass(frozen=True, slots=True)
class NewFile:
    """`path` is relative to the root, at most one folder deep; `purpose` is what it is for, in a few words."""

    path: str
    purpose: str
    text: str
    executable: bool = False


def missing(root: Path, files: Iterable[NewFile]) -> tuple[NewFile, ...]:
    """Those that are not there yet; raises PathInTheWayError where something else than a file has the name.

    A link counts as something else even if it leads to a file: releases read files from git, where it is a link.
    """
    return tuple(file for file in files if not _is_there(root, PurePosixPath(file.path)))


def write(root: Path, files: Iterable[NewFile]) -> None:
    """Raises RepositoryUnusableError, having removed what it wrote."""
    try:
        with ExitStack() as opened, ExitStack() as undo:
            top = opened.enter_context(opened_folder(root))
            for file in files:
                path = PurePosixPath(file.path)
                folder = _enter(opened, undo, top, path.parent.name) if path.parent.name else top
                _create(undo, folder, path.name, file)
            undo.pop_all()
    except OSError as error:
        raise unusable(root, "written to", error) from None


def unusable(path: Path, used: str, error: Exception) -> RepositoryUnusableError:
    """What the operating system said, as a sentence for people."""
    reason = getattr(error, "strerror", None) or "its links lead in a circle"
    return RepositoryUnusableError(path=printable(str(path)), used=used, reason=reason)


def _enter(opened: ExitStack, undo: ExitStack, top: int, name: str) -> int:
    """The folder `name`, made where it is missing."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=top)
        undo.callback(os.rmdir, name, dir_fd=top)
    return opened.enter_context(opened_folder(name, at=top))


def _create(undo: ExitStack, folder: int, name: str, file: NewFile) -> None:
    descriptor = os.open(name, NEW, 0o777 if file.executable else 0o666, dir_fd=folder)
    undo.callback(os.unlink, name, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(file.text.encode())


def _is_there(root: Path, path: PurePosixPath) -> bool:
    parents = [parent for parent in path.parents if parent.name]
    return all(_has_kind(root, parent, "a folder") for parent in parents) and _has_kind(root, path, "a file")


def _has_kind(root: Path, path: PurePosixPath, needed: str) -> bool:
    """False where there is nothing; raises PathInTheWayError or RepositoryUnusableError."""
    try:
        mode = (root / path).lstat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unusable(root / path, "read", error) from None
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a special file")
    if kind != needed:
        raise PathInTheWayError(path=printable(str(path)), kind=kind, needed=needed)
    return True
