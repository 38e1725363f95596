"""SQLite or PostgreSQL: its address, connections, transactions on them, and what goes wrong there in our words."""

import asyncio
import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from sqlalchemy import URL, CursorResult, Executable, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sentinel.errors.store import DamagedStoreError, StoreAddressError, StoreUnavailableError

if TYPE_CHECKING:
    from sentinel.adapters.store.replicas import ImpatientConnection

T = TypeVar("T")

PATIENCE_SECONDS = 10
"""How long a transaction waits for another one, and how long one that does nothing may keep others waiting."""
ANSWER_SECONDS = 15.0
"""How long the server may take to answer: longer than it lets a transaction wait for another one."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
_SQLITE_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_POSTGRESQL_DAMAGE = ("XX001", "XX002")
"""data_corrupted and index_corrupted (PostgreSQL's documentation, appendix A)."""
_POSTGRESQL_STOPPING = "57P"
"""The class of admin_shutdown, crash_shutdown and idle_session_timeout: what a session hears last."""
_SILENCE = "the database does not answer"
_DETAIL_LENGTH = 200

_NAME_LIMIT = 63
"""PostgreSQL's NAMEDATALEN."""
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}

_POSTGRESQL = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "target_session_attrs": "read-write",
}
"""What the address does not say itself: the system's default would notice a dead network after two hours,
and a standby would be taken for the primary.

https://www.postgresql.org/docs/current/libpq-connect.html (seconds, and milliseconds for the last).
"""


@dataclass(frozen=True, slots=True)
class Address:
    """`place` is for people: a path, or an address without user, password and options."""

    url: URL
    place: str

    @property
    def shared(self) -> bool:
        """Whether other processes may work on the same store: PostgreSQL."""
        return self.url.get_backend_name() == "postgresql"


def read_address(text: str) -> Address:
    """Raises StoreAddressError, which does not repeat `text`: there may be a password in it."""
    try:
        given = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreAddressError from None
    driver = _DRIVERS.get(given.get_backend_name())
    if driver is None:
        raise StoreAddressError
    url = given.set(drivername=driver)
    if driver == _DRIVERS["sqlite"]:
        return _sqlite_address(url)
    said = {"application_name": replica_name(), **_POSTGRESQL}
    missing = {name: value for name, value in said.items() if name not in url.query}
    place = URL.create("postgresql", host=url.host, port=url.port, database=url.database)
    return Address(url.update_query_dict(missing), place.render_as_string())


def replica_name() -> str:
    """By what this daemon is known to the server, as in `pg_stat_activity`."""
    return f"sentinel:{os.getpid()}@{socket.gethostname()}"[:_NAME_LIMIT]


def _sqlite_address(url: URL) -> Address:
    """A database in memory would forget everything with the daemon."""
    if not url.database or url.database == ":memory:":
        raise StoreAddressError
    return Address(url, url.database)


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


def new_engine(address: Address) -> AsyncEngine:
    """A transaction with the option `writing` takes SQLite's write lock when it begins."""
    return _postgresql(address) if address.shared else _sqlite(address)


def _postgresql(address: Address) -> AsyncEngine:
    # Loads psycopg, which takes time and memory that a store in a file does not need.
    from sentinel.adapters.store.replicas import ImpatientConnection  # noqa: PLC0415

    async def connect() -> "ImpatientConnection":
        positional, named = engine.dialect.create_connect_args(engine.url)
        connection = await ImpatientConnection.connect(*positional, **named)
        connection.answer_seconds = ANSWER_SECONDS
        return connection

    engine = create_async_engine(
        address.url,
        async_creator=connect,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        pool_timeout=PATIENCE_SECONDS,
        use_native_hstore=False,
    )
    event.listen(engine.sync_engine, "connect", _limit)
    return engine


def _limit(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """A replica that was stopped in the middle of a transaction must not keep the others waiting."""
    connection.autocommit = True
    cursor = connection.cursor()
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SET {name} = '{PATIENCE_SECONDS}s'")
    cursor.close()
    connection.autocommit = False


def _sqlite(address: Address) -> AsyncEngine:
    engine = create_async_engine(address.url, connect_args={"timeout": PATIENCE_SECONDS}, pool_timeout=PATIENCE_SECONDS)
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Transactions begin where we say so, and not at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


async def to_the_end(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """Waits for the end of `work` whoever cancels the caller meanwhile, and only then lets the cancellation go on.

    That of a scope shows at the caller's next wait; that of the task itself is raised here.
    """
    task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
    interruption: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as cancelled:
                interruption = cancelled
    if interruption is None:
        return task.result()
    if not task.cancelled():
        # A failure is no news to a caller that goes away; having asked keeps asyncio from reporting it.
        task.exception()
    raise interruption


@contextmanager
def faults(place: str) -> Iterator[None]:
    """Raises DamagedStoreError or StoreUnavailableError for what SQLAlchemy raises; anything else goes through."""
    try:
        yield
    except DBAPIError as error:
        raise fault(error.orig, place) from None
    except sqlite3.Error as error:
        raise fault(error, place) from None
    except PoolTimeoutError:
        raise StoreUnavailableError(detail="too much is asked of it at once") from None
    except SQLAlchemyError as error:
        raise StoreUnavailableError(detail=type(error).__name__) from None


@contextmanager
def readable(place: str, what: str) -> Iterator[None]:
    """Raises DamagedStoreError where stored text is not what was written."""
    try:
        yield
    except ValueError:
        raise DamagedStoreError(detail=f"{what} is not what was stored", place=place) from None


def fault(error: BaseException | None, place: str) -> DamagedStoreError | StoreUnavailableError:
    """What a driver's `error` means. Only psycopg's have a `diag`; it is not loaded where it is not needed."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None:
        damaged = diagnosis.sqlstate in _POSTGRESQL_DAMAGE
        stopping = (diagnosis.sqlstate or "").startswith(_POSTGRESQL_STOPPING)
        detail = _SILENCE if stopping else diagnosis.message_primary or _refusal(str(error)) or _SILENCE
    else:
        # The lower byte is the code, the upper ones say more: https://sqlite.org/rescode.html
        damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_DAMAGE
        detail = str(error).partition("\n")[0]
    detail = detail.strip()[:_DETAIL_LENGTH] or type(error).__name__
    return DamagedStoreError(detail=detail, place=place) if damaged else StoreUnavailableError(detail=detail)


def _refusal(text: str) -> str:
    """The server's own sentence in what the driver says of a failed connection: the rest names hosts."""
    return text.rpartition("FATAL:")[2].partition("\n")[0].strip() if "FATAL:" in text else ""
