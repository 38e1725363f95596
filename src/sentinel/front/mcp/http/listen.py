"""Listening for remote agents: an address that is safe to listen on, TLS, and the HTTP server behind it."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import anyio
import structlog
import uvicorn
from anyio.abc import TaskStatus
from mcp.server.transport_security import TransportSecuritySettings

from sentinel.daemon_file import Listen
from sentinel.engine.faces import AgentFace, TokenFace
from sentinel.errors.remote import CertificateError, ListenAddressError, UnprotectedListenError
from sentinel.errors.wire import TooManyConnectionsError
from sentinel.front.connections import BACKLOG, Connections, pause_for
from sentinel.front.mcp.http.endpoint import PATH, Endpoint
from sentinel.front.mcp.http.request_deadlines import PatientProtocol, connection_limit

HANDSHAKE_SECONDS = 10.0
"""How long TLS may take to begin."""
FINISH_SECONDS = 2
"""How long open answers may take to come to their end when the daemon stops."""
LAST_PORT = 65535
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and what protects it; `settings_file` is where the latter is said."""

    address: str
    settings_file: Path
    protection: Listen


class _Server(uvicorn.Server):
    """Accepts connections itself: those that have not shaken hands yet count, and have a deadline."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - `accept` has it
        await self.lifespan.startup()
        self.servers = []
        self.started = True

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


class HttpServer:
    """Speaks MCP with remote agents; `tokens` lets them in."""

    def __init__(self, face: AgentFace, tokens: TokenFace, listening: Listening) -> None:
        self._face = face
        self._tokens = tokens
        self._listening = listening

    async def serve(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serves until cancelled. Raises ListenAddressError, UnprotectedListenError or CertificateError."""
        protection = self._listening.protection
        listener, loopback = _bound(self._listening)
        with listener:
            port = listener.getsockname()[1]
            security = _security(self._listening, port, loopback=loopback)
            async with anyio.create_task_group() as tasks:
                endpoint = Endpoint(self._face, self._tokens, tasks, security, protection.oauth)
                server = _server(endpoint, protection)
                tasks.start_soon(_run, server, listener)
                tasks.start_soon(server.accept, listener)
                log.info(
                    "listening", port=port, path=PATH, encrypted=self._listening.protection.certificate is not None
                )
                task_status.started()
                try:
                    await anyio.sleep_forever()
                finally:
                    endpoint.places.end_all()
                    server.should_exit = True


async def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    """Ends by itself once it is told to, so that every answer has an end."""
    with anyio.CancelScope(shield=True):
        await server.serve([listener])


def _server(endpoint: Endpoint, protection: Listen) -> _Server:
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it would warn of whatever strangers send
    config = uvicorn.Config(
        endpoint,
        loop="none",
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
        ssl_certfile=protection.certificate,
        ssl_keyfile=protection.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "it is no certificate with its key"
        raise CertificateError(certificate=protection.certificate, key=protection.key, reason=reason) from None
    return _Server(config)


def _security(listening: Listening, port: int, *, loopback: bool) -> TransportSecuritySettings:
    """The SDK's checks of Host and Origin: names that we are known by, and no web page at all."""
    names = {_split(listening.address)[0], *(LOOPBACK if loopback else ())}
    numbered = [f"{name}:{port}" for name in names]
    return TransportSecuritySettings(allowed_hosts=[*numbered, *listening.protection.hosts])


def _bound(listening: Listening) -> tuple[socket.socket, bool]:
    """A listening socket, and whether this machine alone can reach it."""
    family, host, port = _resolved(listening.address)
    loopback = ip_address(host).is_loopback
    if not (listening.protection.certificate or listening.protection.behind_proxy or loopback):
        raise UnprotectedListenError(address=listening.address, path=listening.settings_file)
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG), loopback
    except OSError as error:
        raise ListenAddressError(address=listening.address, reason=error.strerror) from None


def _resolved(address: str) -> tuple[socket.AddressFamily, str, int]:
    host, port = _split(address)
    if not host or not port.isdecimal() or int(port) > LAST_PORT:
        raise ListenAddressError(address=address, reason="it is not HOST:PORT")
    bare = host.removeprefix("[").removesuffix("]")
    try:
        family, _, _, _, place = socket.getaddrinfo(bare, int(port), type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise ListenAddressError(address=address, reason="the host has no address") from None
    return family, str(place[0]), int(port)


def _split(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return host, port
