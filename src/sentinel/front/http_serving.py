"""An HTTP server on a listening socket of ours: uvicorn without its own signals, lifespan and accept loop."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio
import uvicorn
from starlette.types import ASGIApp

from sentinel.errors.connection import CertificateError, TooManyConnectionsError
from sentinel.front.connections import Connections, pause_for
from sentinel.front.mcp.http.request_deadlines import PatientProtocol, connection_limit

HANDSHAKE_SECONDS = 10.0
"""How long TLS may take to begin."""
FINISH_SECONDS = 2
"""How long open answers may take to come to their end when the daemon stops."""


class Server(uvicorn.Server):
    """Accepts connections itself: those that have not shaken hands yet count, and have a deadline."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - `accept` has it
        await self.lifespan.startup()
        self.servers = []
        self.started = True

    async def run_until_told(self, listeners: Sequence[socket.socket]) -> None:
        """Ends by itself once it is told to, so that every answer has an end."""
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
        """The daemon has its own way to stop."""
        yield


def server_of(app: ASGIApp, certificate: Path | None, key: Path | None, *, table: str) -> Server:
    """A server of `app`; `table` of daemon.toml is where certificate and key are said. Raises CertificateError."""
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
