"""PostgreSQL sessions beside the pool, for what lasts: leases and notifications."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from sentinel.adapters.store.connection import ImpatientConnection
from sentinel.adapters.store.database import Database, to_the_end
from sentinel.adapters.store.faults import fault

Session = ImpatientConnection
ANSWER_SECONDS = 4.0
"""How long the server may take to answer what is asked on a session."""


@contextmanager
def session_faults(place: str) -> Iterator[None]:
    """Raises DamagedStoreError or StoreUnavailableError."""
    try:
        yield
    except (psycopg.Error, OSError) as error:
        raise fault(error, place) from None


async def new_session(database: Database) -> Session:
    """A connection that commits every statement at once. Raises StoreUnavailableError."""
    connecting = asyncio.create_task(_connect(database))
    try:
        return await to_the_end(connecting)
    except asyncio.CancelledError:
        if not connecting.cancelled() and connecting.exception() is None:
            await connecting.result().close()
        raise


async def _connect(database: Database) -> Session:
    positional, named = database.connect_arguments()
    with session_faults(database.place):
        session = await Session.connect(*positional, autocommit=True, **named)
    session.answer_seconds = ANSWER_SECONDS
    return session
