"""How many connections there may be, and how long one may take to say what it wants: it has shown no token yet.

Each is a file descriptor of the daemon, which scripts and the store need too.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from sentinel.front.connections import share_of_files

HEAD_SECONDS = 15.0
"""How long a connection may be without a request; a line now and then is none."""

MOST = 4096


def connection_limit() -> int:
    """A third of the files that this process may have open, where there is a limit."""
    return share_of_files(3, most=MOST)


class PatientProtocol(H11Protocol):
    """HTTP/1.1, with an end to waiting for a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look = self.loop.call_later(HEAD_SECONDS, self._end_or_look_again, None)
        if len(self.connections) > connection_limit():
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._look.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """To a request whose body breaks off in nonsense; who answers it already has lost its client.

        An answer that has begun cannot become another one: the connection ends in the middle of it.
        """
        request: RequestResponseCycle | None = self.cycle  # None before the first one
        if request is not None:
            request.disconnected = True
            request.message_event.set()
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:
            self.transport.abort()

    def _end_or_look_again(self, last: object) -> None:
        """`last` is the request that was answered when it was looked at before, if nothing was going on then."""
        request: object = self.cycle  # None before the first one
        waiting = request is None or self.cycle.response_complete
        if waiting and request is last:
            self.transport.abort()
            return
        seen = request if waiting else object()
        self._look = self.loop.call_later(HEAD_SECONDS, self._end_or_look_again, seen)
