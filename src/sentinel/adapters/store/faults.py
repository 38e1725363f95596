"""What the drivers raise, in our words: no SQL, no value and no password in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sentinel.errors.store import DamagedStoreError, StoreUnavailableError

_SQLITE_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_POSTGRESQL_DAMAGE = ("XX001", "XX002")
"""data_corrupted and index_corrupted (PostgreSQL's documentation, appendix A)."""
_POSTGRESQL_STOPPING = "57P"
"""The class of admin_shutdown, crash_shutdown and idle_session_timeout: what a session hears last."""
_SILENCE = "the database does not answer"
_DETAIL_LENGTH = 200


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
        raise DamagedStoreError(detail=f"{what} is none any more", place=place) from None


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
