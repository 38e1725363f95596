"""A runner's exclusive right to a project (design 5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

from sentinel.adapters.store.database import Database
from sentinel.adapters.store.lease_session import LeaseSession

log = structlog.get_logger(__name__)


class LocalLeases:
    """For a store that only this process works on."""

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

    async def close(self) -> None:
        """There is nothing to close."""


class SessionLeases:
    """PostgreSQL's session advisory locks, all of this replica in one session: the server frees those of a dead one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local = LocalLeases()
        self._opening = asyncio.Lock()
        self._session: LeaseSession | None = None

    @asynccontextmanager
    async def lease(self, project_id: str) -> AsyncIterator[bool]:
        """A holder whose session is lost is cancelled: it must not go on without its right."""
        # The server would give one session the same lock twice.
        async with self._local.lease(project_id) as free:
            if not free:
                yield False
                return
            session = await self._current()
            with anyio.CancelScope() as holder:
                async with session.locked(project_id, holder) as held:
                    yield held
            if holder.cancelled_caught:
                log.warning("lease lost", project=project_id)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _current(self) -> LeaseSession:
        async with self._opening:
            if self._session is None or self._session.lost:
                self._session = await LeaseSession.open(self._database)
            return self._session
