"""A connection to PostgreSQL that does not wait for ever: a network that swallows everything tells nobody."""

import asyncio
import os
import socket
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

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
