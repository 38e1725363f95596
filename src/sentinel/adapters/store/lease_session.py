"""The PostgreSQL session that holds a replica's advisory locks, and those who depend on it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from sentinel.adapters.store.database import Database
from sentinel.adapters.store.interruption import to_the_end
from sentinel.adapters.store.session import Session, new_session, session_faults
from sentinel.errors import SentinelError
from sentinel.errors.store import StoreUnavailableError

WATCH_SECONDS = 1.0
"""How often a replica looks whether its session is still there."""
SILENCE_SECONDS = 10
"""How long a session may be silent before the server ends it, which gives its rights to others.

A stopped or unreachable replica is silent. One that still runs has given up by then: after WATCH_SECONDS, and those
that its session waits for an answer.
The setting is PostgreSQL's `idle_session_timeout`, so that 14 is the oldest version that will do.
"""


class LeaseSession:
    """Lives until it is closed or lost; then every holder is cancelled."""

    def __init__(self, session: Session, place: str) -> None:
        self._session = session
        self._place = place
        self._holders: set[anyio.CancelScope] = set()
        self._watch = asyncio.create_task(self._until_lost())

    @classmethod
    async def open(cls, database: Database) -> "LeaseSession":
        """Raises StoreUnavailableError."""
        session = await new_session(database)
        try:
            with session_faults(database.place):
                await session.execute(f"SET idle_session_timeout = '{SILENCE_SECONDS}s'")
        except BaseException:
            await session.close()
            raise
        return cls(session, database.place)

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
            yield held
        finally:
            self._holders.discard(holder)
            if held:
                await self._unlock(key)

    async def _unlock(self, key: int) -> None:
        try:
            await self._ask(f"SELECT pg_advisory_unlock({key})")
        except SentinelError:
            await self.close()

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
            while await self._ask("SELECT true"):
                await asyncio.sleep(WATCH_SECONDS)
        except SentinelError:
            pass
        finally:
            for holder in self._holders:
                holder.cancel()
            await self._session.close()
