"""The connections to SQLite or PostgreSQL, and transactions on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sentinel.adapters.store.address import Address
from sentinel.adapters.store.engines import new_engine
from sentinel.adapters.store.faults import faults
from sentinel.adapters.store.interruption import to_the_end

T = TypeVar("T")


class Connected:
    """A connection of the pool. What it does is never torn in the middle by a cancellation.

    A driver that is interrupted leaves its connection in an unknown state, and on SQLite the store locked.
    """

    def __init__(self, connection: AsyncConnection, *, place: str, shared: bool) -> None:
        self._connection = connection
        self.place = place
        self.shared = shared

    async def execute(
        self, statement: Executable, rows: Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        return await to_the_end(self._connection.execute(statement, rows))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What SQLAlchemy and Alembic do synchronously."""
        return await to_the_end(self._connection.run_sync(work))

    async def commit(self) -> None:
        """A connection whose commit failed is closed.

        SQLAlchemy takes its transaction for ended and hands the connection on, while SQLite may have it open still:
        who reads there next sees what was never stored.
        """
        try:
            await to_the_end(self._connection.commit())
        except BaseException:
            await to_the_end(self._connection.invalidate())
            raise


class Database:
    """One class for both; `shared` is whether other processes work on it too, which is so on PostgreSQL."""

    def __init__(self, address: Address) -> None:
        self.place = address.place
        self.shared = address.shared
        self._engine = new_engine(address)
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT") if self.shared else self._engine
        self._writer = self._engine.execution_options(writing=True)
        # SQLite has one writer at a time; here they queue in order instead of polling for its lock.
        self._turn: AbstractAsyncContextManager[None] = nullcontext() if self.shared else asyncio.Lock()

    async def close(self) -> None:
        await to_the_end(self._engine.dispose())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connected]:
        """A connection for single statements, each its own transaction."""
        async with self._connected(self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connected]:
        """A transaction that may write, rolled back unless the block commits it."""
        async with self._turn, self._connected(self._writer) as connection:
            yield connection

    def connect_arguments(self) -> tuple[Sequence[str], Mapping[str, Any]]:
        """What the driver itself is given to connect as the pool does."""
        return self._engine.dialect.create_connect_args(self._engine.url)

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[Connected]:
        connection = engine.connect()
        with faults(self.place):
            try:
                await to_the_end(connection.start())
                yield Connected(connection, place=self.place, shared=self.shared)
            finally:
                if connection.sync_connection is not None:
                    await to_the_end(connection.close())
