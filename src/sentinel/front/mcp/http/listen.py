"""Listening for remote agents: an address that is safe to listen on, TLS, and the HTTP server behind it."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import anyio
import structlog
from anyio.abc import TaskStatus
from mcp.server.transport_security import TransportSecuritySettings

from sentinel.daemon_file import LAST_PORT, Listen
from sentinel.engine.agents import Agents
from sentinel.engine.tokens import Tokens
from sentinel.errors.connection import ListenAddressError, UnprotectedListenError
from sentinel.front.connections import BACKLOG
from sentinel.front.http_serving import server_of
from sentinel.front.mcp.http.endpoint import PATH, Endpoint

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and what protects it; `settings_file` is where the latter is said."""

    address: str
    settings_file: Path
    protection: Listen


class HttpServer:
    """Speaks MCP with remote agents; `tokens` lets them in."""

    def __init__(self, agents: Agents, tokens: Tokens, listening: Listening) -> None:
        self._agents = agents
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
                endpoint = Endpoint(self._agents, self._tokens, tasks, security, protection.oauth)
                server = server_of(endpoint, protection.certificate, protection.key, table="listen")
                tasks.start_soon(server.run_until_told, (listener,))
                tasks.start_soon(server.accept, listener)
                log.info(
                    "listening", port=port, path=PATH, encrypted=self._listening.protection.certificate is not None
                )
                task_status.started()
                try:
                    await anyio.sleep_forever()
                finally:
                    endpoint.streams.end_all()
                    server.should_exit = True


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
        family, _, _, _, found = socket.getaddrinfo(bare, int(port), type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise ListenAddressError(address=address, reason="the host has no address") from None
    return family, str(found[0]), int(port)


def _split(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return host, port
