"""What the replicas on one PostgreSQL need of each other: to exclude each other, and to hear of changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

from sentinel.adapters.store.database import Database, to_the_end
from sentinel.adapters.store.lease_session import LeaseSession
from sentinel.adapters.store.listener import Listener
from sentinel.adapters.store.publication import Publication
from sentinel.adapters.store.single_daemon import Alone

log = structlog.get_logger(__name__)


class Replicas:
    """Session advisory locks, all of this replica in one session: the server frees those of a dead one."""

    def __init__(self, database: Database, publication: Publication) -> None:
        self._database = database
        self._listener = Listener(database, publication)
        self._local = Alone()
        self._opening = asyncio.Lock()
        self._session: LeaseSession | None = None

    async def start(self) -> None:
        """Listens, and opens the session of its locks. Raises StoreUnavailableError, or TransactionPoolerError."""
        await self._current()
        await self._listener.start()

    async def server(self) -> str | None:
        """That of the session of its locks, which does not outlive it."""
        return (await self._current()).server

    async def close(self) -> None:
        """Cancels every holder."""
        if self._session is not None:
            await self._session.close()
        await self._listener.stop()

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

    async def _current(self) -> LeaseSession:
        async with self._opening:
            if self._session is None or self._session.lost:
                return await to_the_end(self._open())
            return self._session

    async def _open(self) -> LeaseSession:
        self._session = await LeaseSession.open(self._database)
        return self._session
