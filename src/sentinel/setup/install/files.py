"""A client's configuration file: read within bounds and replaced in one step, with a backup beside it."""

import os
import stat
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sentinel.adapters.files import PUBLIC, open_regular, read_all, write_new, write_whole
from sentinel.core.values.printable import printable
from sentinel.errors.setup import ClientFileOutsideError, ClientFileUnusableError

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes; some clients keep their history in the same file."""


@dataclass(frozen=True, slots=True)
class ClientFile:
    """`path` as people know it, `target` after its links, and its text; `mode` is None if the file does not exist."""

    path: Path
    target: Path
    text: str
    mode: int | None

    @classmethod
    def read(cls, path: Path, *, inside: Path | None) -> "ClientFile":
        """Follows links, but a repository's own must not lead out of the folder `inside`.

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
        """Replaces the content and returns the path of the backup, if the file existed. Raises ClientFileUnusableError.

        `mode` is the file's new mode, whatever it was.
        """
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            backup = None if self.mode is None else self._back_up(self.mode)
            chosen = mode if mode is not None else PUBLIC if self.mode is None else self.mode
            write_whole(self.target, text.encode(), mode=chosen, check=self._check_unchanged)
        except OSError as error:
            raise _unusable(self.path, error) from None
        return backup

    def _back_up(self, mode: int) -> Path:
        """Never overwrites a backup: the next ones are numbered."""
        for number in count(1):
            backup = self.target.with_name(f"{self.target.name}.sentinel-backup{f'-{number}' if number > 1 else ''}")
            if write_new(backup, self.text.encode(), mode=mode):
                return backup
        raise AssertionError("unreachable")

    def _check_unchanged(self) -> None:
        if _read(self.target) != (self.text.encode(), self.mode):
            raise OSError("another program changed it at this moment")


def keep_out_of_git(*locations: str) -> tuple[str, ...]:
    """What a person should do, whose project now has files at `locations`."""
    return (
        "These files contain paths of this machine, and a file that is not committed blocks releases. "
        "Keep them out of git:",
        *(f"""  echo '/{location}*' >> "$(git rev-parse --git-path info/exclude)\"""" for location in locations),
    )


def _read(path: Path) -> tuple[bytes, int | None]:
    """Content and mode of a regular file, empty if there is none. Does not wait for a pipe."""
    try:
        with open_regular(path) as stream:
            return read_all(stream, SIZE_LIMIT), stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
    except FileNotFoundError:
        return b"", None


def _unusable(path: Path, error: Exception) -> ClientFileUnusableError:
    reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None)
    return ClientFileUnusableError(file=printable(str(path)), reason=reason or printable(str(error), limit=200))
