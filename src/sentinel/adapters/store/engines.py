"""SQLAlchemy's engines, as each of the two databases needs them."""

from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sentinel.adapters.store.address import Address

if TYPE_CHECKING:
    from sentinel.adapters.store.connection import ImpatientConnection

PATIENCE_SECONDS = 10
"""How long a transaction waits for another one, and how long one that does nothing may keep others waiting."""
ANSWER_SECONDS = 15.0
"""How long the server may take to answer: longer than it lets a transaction wait for another one."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")


def new_engine(address: Address) -> AsyncEngine:
    """A transaction with the option `writing` takes SQLite's write lock when it begins."""
    return _postgresql(address) if address.shared else _sqlite(address)


def _postgresql(address: Address) -> AsyncEngine:
    # Loads psycopg, which takes time and memory that a store in a file does not need.
    from sentinel.adapters.store.connection import ImpatientConnection  # noqa: PLC0415

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
