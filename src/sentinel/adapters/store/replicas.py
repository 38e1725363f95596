"""What the replicas on one PostgreSQL need of each other: leases that exclude, news of changes, sessions for both."""

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, TypeVar

import anyio
import psycopg
import structlog
from psycopg.abc import PQGen

from sentinel.adapters.store.database import Database, fault, to_the_end
from sentinel.adapters.store.lock import LocalLeases
from sentinel.adapters.store.publication import Publication
from sentinel.adapters.store.tables import CHANNEL
from sentinel.errors import SentinelError
from sentinel.errors.store import StoreUnavailableError, TransactionPoolerError

T = TypeVar("T")
log = structlog.get_logger(__name__)

WATCH_SECONDS = 1.0
"""How often a replica looks whether its session still has its locks."""
_OWNED = """
SELECT count(*) = {locks} FROM pg_locks
WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
AND (classid::bigint << 32 | objid::bigint) IN ({keys})
"""
_SERVER = "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) FROM pg_control_system()"
"""The name of the log's file begins with the timeline that is written now, in hexadecimal digits; that of
`pg_control_checkpoint` is behind after a promotion."""
SILENCE_SECONDS = 10
"""How long a session may be silent before the server ends it, which gives its rights to others.

A stopped or unreachable replica is silent. One that still runs has given up by then: after WATCH_SECONDS, and those
that its session waits for an answer.
The setting is PostgreSQL's `idle_session_timeout`, so that 14 is the oldest version that will do.
"""
ANSWER_SECONDS = 4.0
"""How long the server may take to answer what is asked on a session."""
RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How long nothing may come before Sentinel checks that anything still can."""


class ImpatientConnection(psycopg.AsyncConnection[Any]):
    """Hangs up where the server does not answer within `answer_seconds`: whatever waits then fails as it does when a
    connection is lost. The driver's own way, to ask the server to cancel, waits again, for as long twice over.
    """

    answer_seconds = 10.0

    async def wait(self, gen: PQGen[T], *positional: Any, **named: Any) -> T:
        timer = asyncio.get_running_loop().call_later(self.answer_seconds, self._hang_up)
        try:
            return await super().wait(gen, *positional, **named)
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        with socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


@contextmanager
def session_faults(place: str) -> Iterator[None]:
    """Raises DamagedStoreError or StoreUnavailableError."""
    try:
        yield
    except (psycopg.Error, OSError) as error:
        raise fault(error, place) from None


async def new_session(database: Database) -> ImpatientConnection:
    """A connection that commits every statement at once. Raises StoreUnavailableError."""
    connecting = asyncio.create_task(_connect(database))
    try:
        return await to_the_end(connecting)
    except asyncio.CancelledError:
        if not connecting.cancelled() and connecting.exception() is None:
            await connecting.result().close()
        raise


async def _connect(database: Database) -> ImpatientConnection:
    positional, named = database.connect_arguments()
    with session_faults(database.place):
        session = await ImpatientConnection.connect(*positional, autocommit=True, **named)
    session.answer_seconds = ANSWER_SECONDS
    return session


class LeaseSession:
    """Lives until it is closed or lost; then every holder is cancelled."""

    def __init__(self, session: ImpatientConnection, place: str, server: str | None) -> None:
        self.server = server
        self._session = session
        self._place = place
        self._holders: set[anyio.CancelScope] = set()
        self._owned: set[int] = set()
        self._turn = asyncio.Lock()
        self._watch = asyncio.create_task(self._until_lost())

    @classmethod
    async def open(cls, database: Database) -> "LeaseSession":
        """Raises StoreUnavailableError, or TransactionPoolerError."""
        session = await new_session(database)
        try:
            await _refuse_transaction_pooler(session, database)
            with session_faults(database.place):
                await session.execute(f"SET idle_session_timeout = '{SILENCE_SECONDS}s'")
                server = await _server(session)
        except BaseException:
            await session.close()
            raise
        return cls(session, database.place, server)

    @property
    def lost(self) -> bool:
        return self._watch.done() or self._session.closed

    async def close(self) -> None:
        self._watch.cancel()
        await asyncio.wait([self._watch])

    @asynccontextmanager
    async def locked(self, name: str, holder: anyio.CancelScope) -> AsyncIterator[bool]:
        """Whether this session has the lock `name` while the block lasts; `holder` is cancelled when it loses it."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        held = True
        try:
            # Where the question is interrupted, the answer may have been yes: it is unlocked then, too.
            held = await self._ask(f"SELECT pg_try_advisory_lock({key})")
            if held:
                self._holders.add(holder)
                self._owned.add(key)
            yield held
        finally:
            self._holders.discard(holder)
            if held:
                await self._unlock(key)

    async def _unlock(self, key: int) -> None:
        try:
            async with self._turn:
                self._owned.discard(key)
                await self._ask(f"SELECT pg_advisory_unlock({key})")
        except SentinelError:
            await self.close()

    async def _owns_all(self) -> bool:
        """Whether the server has this very backend down as the owner of every lock that is held by it."""
        async with self._turn:
            keys = ", ".join(map(str, self._owned))
            return await self._ask(_OWNED.format(locks=len(self._owned), keys=keys) if keys else "SELECT true")

    async def _ask(self, query: str) -> bool:
        """Raises StoreUnavailableError."""
        answer = await to_the_end(self._answer(query))
        if self.lost:
            raise StoreUnavailableError(detail="the session was lost")
        return answer

    async def _answer(self, query: str) -> bool:
        with session_faults(self._place):
            row = await (await self._session.execute(query)).fetchone()
        return bool(row and row[0])

    async def _until_lost(self) -> None:
        try:
            while await self._owns_all():
                await asyncio.sleep(WATCH_SECONDS)
        except SentinelError:
            pass
        finally:
            for holder in self._holders:
                holder.cancel()
            await self._session.close()


async def _refuse_transaction_pooler(session: ImpatientConnection, database: Database) -> None:
    """A pool by transaction gives the backend of an idle session to the next one: a lock would belong to both.

    Raises TransactionPoolerError.
    """
    async with _second_session(database) as second:
        with session_faults(database.place):
            before = await _backend(session)
            await second.execute("BEGIN")
            other = await _backend(second)
            after = await _backend(session)
            await second.execute("ROLLBACK")
    if before == other or before != after:
        raise TransactionPoolerError


@asynccontextmanager
async def _second_session(database: Database) -> AsyncIterator[ImpatientConnection]:
    session = await new_session(database)
    try:
        yield session
    finally:
        await session.close()


async def _server(session: ImpatientConnection) -> str | None:
    """The cluster and its timeline, which changes when a standby is promoted; None where the role may not ask."""
    try:
        row = await (await session.execute(_SERVER)).fetchone()
    except psycopg.errors.Error as error:
        if error.sqlstate is None:  # the connection is lost
            raise
        log.warning("a failover would not be noticed", problem=str(error).partition("\n")[0])
        return None
    return f"{row[0]}/{int(row[1][:8], 16)}" if row else None


async def _backend(session: ImpatientConnection) -> int:
    row = await (await session.execute("SELECT pg_backend_pid()")).fetchone()
    return int(row[0]) if row else 0


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

    async def _run(self, session: ImpatientConnection) -> None:
        while True:
            await self._relay(session)
            session = await self._again()

    async def _relay(self, session: ImpatientConnection) -> None:
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

    async def _again(self) -> ImpatientConnection:
        while True:
            try:
                session = await self._listening()
            except SentinelError as error:
                log.warning("no notifications", problem=error.what)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._publication.publish(None)
                return session

    async def _listening(self) -> ImpatientConnection:
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
