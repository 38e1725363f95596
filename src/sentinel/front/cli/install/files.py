"""A client's configuration file: read within bounds, replaced at once, with a backup beside it."""

import os
import stat
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sentinel.core.printable import printable
from sentinel.errors.install import ClientFileOutsideError, ClientFileUnusableError

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes; some clients keep their history in the same file."""
_NEW_FILE = 0o644


@dataclass(frozen=True, slots=True)
class ClientFile:
    """`path` as people know it, `target` where its links lead, and its text; `mode` is None where there is no file."""

    path: Path
    target: Path
    text: str
    mode: int | None

    @classmethod
    def read(cls, path: Path, *, inside: Path | None) -> "ClientFile":
        """Links are followed, but a repository's own must not lead out of the folder `inside`.

        Raises ClientFileOutsideError or ClientFileUnusableError.
        """
        try:
            target = path.resolve()
            if inside is not None and not target.is_relative_to(inside.resolve()):
                raise ClientFileOutsideError(file=printable(str(path)), target=printable(str(target)))
            raw, mode = _read(target)
            return cls(path, target, raw.decode(), mode)
        except (OSError, RuntimeError, UnicodeDecodeError) as error:
            raise _unusable(path, error) from None

    def write(self, text: str, *, mode: int | None = None) -> Path | None:
        """Replaces the content; the path of the backup, None for a new file. Raises ClientFileUnusableError.

        With `mode` the file gets that one, whatever it had.
        """
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            backup = None if self.mode is None else self._back_up(self.mode)
            self._replace(text, mode if mode is not None else _NEW_FILE if self.mode is None else self.mode)
        except OSError as error:
            raise _unusable(self.path, error) from None
        return backup

    def _back_up(self, mode: int) -> Path:
        """A backup is never overwritten: the next ones are numbered."""
        for number in count(1):
            backup = self.target.with_name(f"{self.target.name}.sentinel-backup{f'-{number}' if number > 1 else ''}")
            try:
                descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            except FileExistsError:
                continue
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(self.text.encode())
            return backup
        raise AssertionError("unreachable")

    def _replace(self, text: str, mode: int) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{self.target.name}.", dir=self.target.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text.encode())
                stream.flush()
                os.fsync(descriptor)
            Path(temporary).chmod(mode)
            self._check_unchanged()
            Path(temporary).replace(self.target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _check_unchanged(self) -> None:
        if _read(self.target) != (self.text.encode(), self.mode):
            raise OSError("another program changed it at this moment")


def keep_out_of_git(*locations: str) -> tuple[str, ...]:
    """What to tell a person whose project now has files at `locations`."""
    return (
        "The project has files with paths of this machine now, and a file that is not committed blocks releases. "
        "Keep them out of git:",
        *(f"""  echo '/{location}*' >> "$(git rev-parse --git-path info/exclude)\"""" for location in locations),
    )


def _read(path: Path) -> tuple[bytes, int | None]:
    """Content and mode of a regular file, nothing where there is none; a pipe is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b"", None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        raw = stream.read(SIZE_LIMIT + 1)
    if len(raw) > SIZE_LIMIT:
        raise OSError(f"it is larger than {SIZE_LIMIT} bytes")
    return raw, stat.S_IMODE(status.st_mode)


def _unusable(path: Path, error: Exception) -> ClientFileUnusableError:
    reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None)
    return ClientFileUnusableError(file=printable(str(path)), reason=reason or printable(str(error), limit=200))
