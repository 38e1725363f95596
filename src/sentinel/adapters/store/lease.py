"""Exclusive rights (design 5): a daemon's to a SQLite store, and a runner's to a project."""

import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import psycopg
from sqlalchemy import URL

from sentinel.errors.store import StoreInUseError

WATCH_SECONDS = 1.0
"""How often the holder of a PostgreSQL lease looks whether its session is still there."""


class DaemonLock:
    """One daemon per SQLite store, by a lock on a file that also names its process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> None:
        """Raises StoreInUseError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise StoreInUseError(pid=pid or "unknown") from None
        os.truncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)


class LocalLeases:
    """For a store that only this process works on."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @asynccontextmanager
    async def lease(self, project_id: str) -> AsyncIterator[bool]:
        if project_id in self._held:
            yield False
            return
        self._held.add(project_id)
        try:
            yield True
        finally:
            self._held.discard(project_id)


class SessionLeases:
    """PostgreSQL's session advisory locks: the server frees a dead replica's."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def lease(self, project_id: str) -> AsyncIterator[bool]:
        """A holder that loses its session is cancelled: it must not go on without its right."""
        key = int.from_bytes(hashlib.sha256(project_id.encode()).digest()[:8], "big", signed=True)
        async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as session:
            cursor = await session.execute("SELECT pg_try_advisory_lock(%s)", (key,))
            row = await cursor.fetchone()
            if row is None or not row[0]:
                yield False
                return
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_watch, session, tasks.cancel_scope)
                yield True
                tasks.cancel_scope.cancel()


async def _watch(session: psycopg.AsyncConnection[tuple[object, ...]], holder: anyio.CancelScope) -> None:
    while True:
        await anyio.sleep(WATCH_SECONDS)
        try:
            await session.execute("SELECT 1")
        except psycopg.Error:
            holder.cancel()
            return
