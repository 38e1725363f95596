"""Connecting to SQLite or PostgreSQL, and turning their faults into ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sentinel.errors.store import DamagedStoreError, StoreUnavailableError

BUSY_SECONDS = 10
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON")


def async_url(url: str) -> URL:
    """The given address with the driver that we use: aiosqlite or psycopg 3."""
    parsed = make_url(url)
    driver = "sqlite+aiosqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return parsed.set(drivername=driver)


def new_engine(url: URL) -> AsyncEngine:
    """An engine; on SQLite a connection with the option `writing` takes the write lock when its transaction begins."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def faults(place: str) -> Iterator[None]:
    """Raises DamagedStoreError or StoreUnavailableError for what the drivers raise; no SQL and no password in them."""
    try:
        yield
    except DBAPIError as error:
        raise _fault(error.orig, place) from None
    except (sqlite3.Error, psycopg.Error) as error:
        raise _fault(error, place) from None
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(detail=type(error).__name__) from None


def _fault(error: BaseException | None, place: str) -> DamagedStoreError | StoreUnavailableError:
    detail = str(error).strip().partition("\n")[0][:200] or type(error).__name__
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedStoreError(detail=detail, place=place)
    if isinstance(error, psycopg.OperationalError):
        detail = "the database does not answer"
    return StoreUnavailableError(detail=detail)
