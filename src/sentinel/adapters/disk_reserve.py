"""Disk space that is kept free for a rollback: a file that is given up when there is no other room."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

SIZE = 64 * 1024 * 1024
"""Bytes: for the store's log, a checkout and the output of a rollback's script."""
ROOM = 4
"""The reserve is only made where so many times its size are free."""


class DiskReserve:
    """The reserve is there, or has been given up; both calls may be repeated and never raise."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def release(self) -> None:
        """Gives the space to whoever needs it now."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def restore(self) -> None:
        """Makes the reserve where it is missing and there is room."""
        with suppress(OSError):
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < ROOM * self._size:
                return
            self._make()

    def _make(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)
        except (OSError, AttributeError):  # the disk filled up meanwhile, or the system cannot
            self.release()
        finally:
            os.close(handle)
