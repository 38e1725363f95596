"""What the replicas on one PostgreSQL need of each other: to exclude each other, and to hear of changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import anyio
import structlog

from sentinel.adapters.store.database import Database, to_the_end
from sentinel.adapters.store.lease_session import LeaseSession
from sentinel.adapters.store.publication import Publication
from sentinel.adapters.store.session import Session, new_session, session_faults
from sentinel.adapters.store.single_daemon import LocalLeases
from sentinel.adapters.store.statements import CHANNEL
from sentinel.errors import SentinelError

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How long nothing may come before it is looked whether anything still can."""


class Listener:
    """Publishes from `start` to `stop`, this replica's own changes too.

    After a broken connection any project may have changed, since what was said meanwhile is lost.
    """

    def __init__(self, database: Database, publication: Publication) -> None:
        self._database = database
        self._publication = publication
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Once it returns no change is missed. Raises StoreUnavailableError."""
        self._task = asyncio.create_task(self._run(await self._listening()))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, session: Session) -> None:
        while True:
            await self._relay(session)
            session = await self._again()

    async def _relay(self, session: Session) -> None:
        """Until the connection breaks."""
        try:
            with session_faults(self._database.place):
                while True:
                    async with aclosing(session.notifies(timeout=LOOK_SECONDS)) as notifications:
                        async for notification in notifications:
                            self._publication.publish(notification.payload)
                    await session.execute("SELECT true")
        except SentinelError as error:
            log.warning("notifications interrupted", problem=error.what)
        finally:
            await session.close()

    async def _again(self) -> Session:
        while True:
            try:
                session = await self._listening()
            except SentinelError as error:
                log.warning("no notifications", problem=error.what)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._publication.publish(None)
                return session

    async def _listening(self) -> Session:
        session = await new_session(self._database)
        try:
            with session_faults(self._database.place):
                await session.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await session.close()
            raise
        return session


class Replicas:
    """Session advisory locks, all of this replica in one session: the server frees those of a dead one."""

    def __init__(self, database: Database, publication: Publication) -> None:
        self._database = database
        self._listener = Listener(database, publication)
        self._local = LocalLeases()
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
