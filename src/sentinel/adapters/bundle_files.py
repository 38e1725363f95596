"""An exported history on disk: a folder or an uncompressed tar file. What is read of it may come from anybody."""

import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from sentinel.adapters.files import open_regular
from sentinel.core.proof.release_proof import NAME
from sentinel.core.values.printable import printable
from sentinel.errors.history import BundleTargetError, BundleUnreadableError

FILE_LIMIT = 4 * 1024 * 1024
"""Bytes of any file but the entries."""
LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of one entry."""
COUNT_LIMIT = 200_000
"""Files of a bundle."""
TAR = ".tar"


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """`open` gives the bytes of each file by its name; `path` is for what is said of it."""

    path: Path
    open: Mapping[str, Callable[[], IO[bytes]]]

    def names(self) -> tuple[str, ...]:
        return tuple(self.open)

    def read(self, name: str) -> bytes:
        with self._opened(name) as stream:
            content = stream.read(FILE_LIMIT + 1)
        if len(content) > FILE_LIMIT:
            raise BundleUnreadableError(path=self.path, reason=f"{name} has more than {FILE_LIMIT} bytes")
        return content

    def lines(self, name: str) -> Iterator[bytes]:
        with self._opened(name) as stream:
            while line := stream.readline(LINE_LIMIT + 1):
                if len(line) > LINE_LIMIT:
                    raise BundleUnreadableError(path=self.path, reason=f"a line of {name} is too long")
                yield line

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self.open[name]() as stream:
                yield stream
        except (OSError, tarfile.TarError) as error:
            raise _unreadable(self.path, error) from None


@contextmanager
def opened(path: Path) -> Iterator[BundleFiles]:
    """The bundle at `path`. Nothing is unpacked; a name that leads elsewhere, or what is no file, is refused.

    Raises BundleUnreadableError.
    """
    if path.is_dir():
        yield _checked(path, _in_folder(path))
        return
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115 - closed below
    except (OSError, tarfile.TarError, ValueError) as error:
        raise _unreadable(path, error) from None
    with archive:
        yield _checked(path, _in_archive(path, archive))


def write(folder: Path, target: Path) -> None:
    """Puts the finished files of `folder` at `target`, a `.tar` or a folder, whole or not at all.

    The same files give the same tar. Raises BundleTargetError.
    """
    try:
        if target.suffix == TAR:
            archived = folder.with_name(f"{folder.name}{TAR}")
            with tarfile.open(archived, "w", format=tarfile.PAX_FORMAT) as archive:
                for file in sorted(one for one in folder.rglob("*") if one.is_file()):
                    archive.add(file, arcname=file.relative_to(folder).as_posix(), filter=_plain)
            os.link(archived, target)  # unlike a rename, it replaces nothing
        else:
            target.mkdir()
            folder.rename(target)
    except OSError as error:
        raise BundleTargetError(path=target, reason=error.strerror or str(error)) from None


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of the machine and the moment that it is written in."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def _in_folder(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    for place, folders, files in os.walk(path, onerror=_raise):
        for name in (*folders, *files):
            found = Path(place, name)
            kind = found.lstat().st_mode
            if stat.S_ISREG(kind):
                yield found.relative_to(path).as_posix(), partial(open_regular, found, follow=False)
            elif not stat.S_ISDIR(kind):
                raise BundleUnreadableError(path=path, reason=f"{printable(name, limit=100)} is no regular file")


def _in_archive(path: Path, archive: tarfile.TarFile) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    for member in archive:
        if member.isreg() and not member.issparse():
            yield member.name, partial(_open_member, archive, member)
        elif not member.isdir():
            raise BundleUnreadableError(path=path, reason=f"{printable(member.name, limit=100)} is no regular file")


def _checked(path: Path, files: Iterator[tuple[str, Callable[[], IO[bytes]]]]) -> BundleFiles:
    found: dict[str, Callable[[], IO[bytes]]] = {}
    try:
        for name, reader in files:
            if not NAME.fullmatch(name) or name in found or len(found) == COUNT_LIMIT:
                reason = f"{printable(name, limit=100)} is one file too many, or has no name that a bundle has"
                raise BundleUnreadableError(path=path, reason=reason)
            found[name] = reader
    except (OSError, tarfile.TarError, ValueError) as error:
        raise _unreadable(path, error) from None
    return BundleFiles(path, found)


def _open_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member)
    if stream is None:
        raise tarfile.ReadError(member.name)
    return stream


def _raise(error: OSError) -> None:
    raise error


def _unreadable(path: Path, error: Exception) -> BundleUnreadableError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no bundle"
    return BundleUnreadableError(path=path, reason=reason)
