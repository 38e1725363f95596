"""A real HTTP service on the loopback interface, which behaves as badly as a test wants it to."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from sentinel.core.policy.model import Policy

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Request:
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Service:
    """`behaviour` answers every request that comes from now on; `open` is the number of open connections."""

    behaviour: Behaviour
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                self.requests.append(await _read_request(reader))
                await self._answer_unless_left(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self.open -= 1
            writer.close()

    async def _answer_unless_left(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = asyncio.ensure_future(self.behaviour(writer))
        left = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise EOFError
            answer.result()
            await writer.drain()
        finally:
            answer.cancel()
            left.cancel()
            await asyncio.gather(answer, left, return_exceptions=True)


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0].split(" ")[1], headers, body)


def answers(status: int = 200, body: bytes = b"", **headers: str) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        fields = {"content-length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
        lines = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
        writer.write(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body)

    return behave


def after(seconds: float, then: Behaviour) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await anyio.sleep(seconds)  # the latency of a slow service
        await then(writer)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    waiting = list(behaviours)

    async def behave(writer: asyncio.StreamWriter) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(writer)

    return behave


async def hangs(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Keeps the connection alive with a byte now and then, and never comes to an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await anyio.sleep(0.01)


async def floods(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"flood " * 10_000)
        await writer.drain()


async def talks_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x1b[2J no such protocol\r\n\r\n")


async def resets(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    raise ConnectionResetError


@asynccontextmanager
async def serve(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    service = Service(behaviour)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(service.handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    service.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def nobody() -> str:
    """An address that nobody listens on, and that no other test is given: its port takes root to listen on."""
    return "http://127.0.0.1:1"


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for `condition`, and fails after `seconds`."""
    with anyio.fail_after(seconds):
        while not condition():
            await anyio.sleep(0.005)


def policy_for(
    url: str, *, version_path: str | dict[str, str] | None = None, health_timeout: str = "10s", **verification: object
) -> Policy:
    """A policy whose production is at `url`."""
    return Policy.model_validate(
        {
            "schema": 1,
            "project": {"id": "shop", "name": "shop"},
            "build": {"command": "make", "artifacts": ["dist/*"]},
            "tests": {"command": "make test"},
            "staging": {"deploy": "deploy", "smoke": "smoke", "url": url},
            "production": {
                "deploy": "deploy",
                "rollback": "rollback",
                "url": url,
                "health_timeout": health_timeout,
                "version_path": version_path,
                "verification": verification,
            },
        }
    )
