"""One daemon per SQLite store: its lock on the store, and leases of projects among its own tasks."""

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sentinel.errors.store import StoreInUseError, StoreUnavailableError

_PID_WIDTH = 20


class DaemonLock:
    """A lock on a file that also names its process; the system frees it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> None:
        """Raises StoreInUseError, or StoreUnavailableError where the file cannot be made."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._lock()
        except OSError as error:
            raise StoreUnavailableError(detail=f"{self._path}: {error.strerror}") from None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One write of one width: whoever reads meanwhile finds a whole number.
            os.pwrite(self._descriptor, f"{os.getpid():<{_PID_WIDTH}}\n".encode(), 0)
        except BlockingIOError:
            pid = os.pread(self._descriptor, _PID_WIDTH, 0).decode(errors="replace").strip()
            self.release()
            raise StoreInUseError(pid=pid or "unknown") from None
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


class LocalLeases:
    """Leases among the tasks of this process."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    @asynccontextmanager
    async def lease(self, project_id: str) -> AsyncIterator[bool]:
        if project_id in self._taken:
            yield False
            return
        self._taken.add(project_id)
        try:
            yield True
        finally:
            self._taken.discard(project_id)

    async def server(self) -> str:
        """A file is on none."""
        return ""

    async def start(self) -> None:
        """There is nobody to listen to."""

    async def close(self) -> None:
        """There is nothing to close."""
