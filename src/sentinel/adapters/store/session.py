"""PostgreSQL sessions beside the pool, for what lasts: leases and notifications."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

from sentinel.adapters.store.database import Database, to_the_end
from sentinel.adapters.store.faults import fault

T = TypeVar("T")


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
