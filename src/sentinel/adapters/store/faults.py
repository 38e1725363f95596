"""What the drivers raise, in our words: no SQL, no value and no password in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sentinel.errors.store import DamagedStoreError, StoreUnavailableError

_SQLITE_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_POSTGRESQL_DAMAGE = ("XX001", "XX002")
"""data_corrupted and index_corrupted (PostgreSQL's documentation, appendix A)."""
_DETAIL_LENGTH = 200


@contextmanager
def faults(place: str) -> Iterator[None]:
    """Raises DamagedStoreError or StoreUnavailableError for what a driver raises; anything else goes through."""
    try:
        yield
    except DBAPIError as error:
        raise _fault(error.orig, place) from None
    except (sqlite3.Error, psycopg.Error) as error:
        raise _fault(error, place) from None
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
        raise DamagedStoreError(detail=f"{what} is none any more", place=place) from None


def _fault(error: BaseException | None, place: str) -> DamagedStoreError | StoreUnavailableError:
    if isinstance(error, psycopg.Error):
        damaged, detail = error.sqlstate in _POSTGRESQL_DAMAGE, _postgresql_detail(error)
    else:
        # The lower byte is the code, the upper ones say more: https://sqlite.org/rescode.html
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        damaged, detail = code in _SQLITE_DAMAGE, str(error).partition("\n")[0]
    detail = detail.strip()[:_DETAIL_LENGTH] or type(error).__name__
    return DamagedStoreError(detail=detail, place=place) if damaged else StoreUnavailableError(detail=detail)


def _postgresql_detail(error: psycopg.Error) -> str:
    """The server's own sentence, where there is one: those of the driver name hosts and users."""
    refusal = str(error).rpartition("FATAL:")[2].partition("\n")[0] if "FATAL:" in str(error) else ""
    return error.diag.message_primary or refusal or "the database does not answer"
