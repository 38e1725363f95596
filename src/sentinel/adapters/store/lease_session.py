"""The PostgreSQL session that holds a replica's advisory locks, and those who depend on it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import psycopg
import structlog

from sentinel.adapters.store.database import Database, to_the_end
from sentinel.adapters.store.session import Session, new_session, session_faults
from sentinel.errors import SentinelError
from sentinel.errors.store import StoreUnavailableError, TransactionPoolerError

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


class LeaseSession:
    """Lives until it is closed or lost; then every holder is cancelled."""

    def __init__(self, session: Session, place: str, server: str | None) -> None:
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


async def _refuse_transaction_pooler(session: Session, database: Database) -> None:
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
async def _second_session(database: Database) -> AsyncIterator[Session]:
    session = await new_session(database)
    try:
        yield session
    finally:
        await session.close()


async def _server(session: Session) -> str | None:
    """The cluster and its timeline, which changes when a standby is promoted; None where the role may not ask."""
    try:
        row = await (await session.execute(_SERVER)).fetchone()
    except psycopg.errors.Error as error:
        if error.sqlstate is None:  # the connection is lost
            raise
        log.warning("a failover would not be noticed", problem=str(error).partition("\n")[0])
        return None
    return f"{row[0]}/{int(row[1][:8], 16)}" if row else None


async def _backend(session: Session) -> int:
    row = await (await session.execute("SELECT pg_backend_pid()")).fetchone()
    return int(row[0]) if row else 0
