"""An HTTP server on a listening socket of ours: uvicorn without its own signals, lifespan and accept loop.

Whoever connects has shown no token yet, and each connection is a file descriptor of the daemon, which scripts and the
store need too: their number is limited, and so is the time that one may take to say what it wants.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio
import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from sentinel.errors.connection import CertificateError, TooManyConnectionsError
from sentinel.front.connections import Connections, pause_for, share_of_files

HEAD_SECONDS = 15.0
"""How long a connection may be without a request; a line now and then is none."""
HANDSHAKE_SECONDS = 10.0
"""How long TLS may take to begin."""
FINISH_SECONDS = 2
"""How long open answers may take to come to their end when the daemon stops."""
CONNECTIONS = 4096


def connection_limit() -> int:
    """A third of the files that this process may have open, where there is a limit."""
    return share_of_files(3, most=CONNECTIONS)


class Server(uvicorn.Server):
    """Accepts connections itself: those that have not shaken hands yet count, and have a deadline."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - `accept` has it
        await self.lifespan.startup()
        self.servers = []
        self.started = True

    async def run_until_told(self, listeners: Sequence[socket.socket]) -> None:
        """Ends by itself once it is told to, so that every answer is complete."""
        with anyio.CancelScope(shield=True):
            await self.serve([*listeners])

    async def accept(self, listener: socket.socket) -> None:
        """Until cancelled, or `listener` is closed."""
        loop = asyncio.get_running_loop()
        arriving = Connections(connection_limit(), connection_limit())
        listener.setblocking(False)  # noqa: FBT003 - the socket's own
        async with anyio.create_task_group() as tasks:
            while not self.should_exit:
                try:
                    link, _ = await loop.sock_accept(listener)
                except OSError as error:
                    if not await pause_for(error):
                        raise
                else:
                    # asyncio does so only for sockets that name their protocol, as an accepted one does not.
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    tasks.start_soon(self._shake_hands, link, arriving)

    async def _shake_hands(self, link: socket.socket, connections: Connections) -> None:
        config = self.config

        def protocol() -> asyncio.Protocol:
            return PatientProtocol(config=config, server_state=self.server_state, app_state=self.lifespan.state)

        try:
            with connections.arriving():
                await asyncio.get_running_loop().connect_accepted_socket(
                    protocol, link, ssl=config.ssl, ssl_handshake_timeout=HANDSHAKE_SECONDS if config.ssl else None
                )
        except (OSError, TooManyConnectionsError):  # ssl's errors are OSErrors
            link.close()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The daemon handles signals itself."""
        yield


class PatientProtocol(H11Protocol):
    """HTTP/1.1, with a deadline for the next request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look = self.loop.call_later(HEAD_SECONDS, self._end_or_look_again, None)
        if len(self.connections) > connection_limit():
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._look.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """For a request whose body becomes invalid in the middle; whatever answers it already has lost its client.

        An answer that has started cannot be replaced: the connection ends in the middle of it.
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
        """`last` is the request that was complete at the last look, if nothing was running then."""
        request: object = self.cycle  # None before the first one
        waiting = request is None or self.cycle.response_complete
        if waiting and request is last:
            self.transport.abort()
            return
        seen = request if waiting else object()
        self._look = self.loop.call_later(HEAD_SECONDS, self._end_or_look_again, seen)


def server_of(app: ASGIApp, certificate: Path | None, key: Path | None, *, table: str) -> Server:
    """A server of `app`; `table` of daemon.toml names the certificate and the key. Raises CertificateError."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it would warn of whatever strangers send
    config = uvicorn.Config(
        app,
        loop="none",
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "it is no certificate with its key"
        raise CertificateError(certificate=certificate, key=key, reason=reason, table=table) from None
    return Server(config)
