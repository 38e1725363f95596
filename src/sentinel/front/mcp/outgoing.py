"""What is sent to one client, without ever waiting for one that does not read."""

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage

UNSENT_LIMIT = 8 * 1024 * 1024
"""Bytes that wait for a client to read them; one that lets more pile up is disconnected."""


class Announcing(Protocol):
    """What a message can be put into without a pause."""

    def put(self, message: JSONRPCMessage) -> None:
        """Raises anyio.ClosedResourceError after the end."""
        ...


class Closable:
    """What every outbox has in common: it is woken by news, and closed at the end of a block."""

    def __init__(self) -> None:
        self._news = anyio.Event()
        self._closed = False

    async def aclose(self) -> None:
        self._closed = True
        self._news.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        await self.aclose()
        return None


class Outbox(Closable):
    """What is to be sent to one client. `send` never waits: too much unsent disconnects the client instead."""

    def __init__(self, stream: ByteStream, *, watch: Callable[[JSONRPCMessage], None], overflow: Callable[[], None]):
        super().__init__()
        self._stream = stream
        self._watch = watch
        self._overflow = overflow
        self._lines: deque[bytes] = deque()
        self._unsent = 0

    async def send(self, item: SessionMessage, /) -> None:
        """Raises anyio.ClosedResourceError after the end."""
        self._watch(item.message)
        self.put(item.message)
        await anyio.lowlevel.checkpoint()

    def put(self, message: JSONRPCMessage) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        line = message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
        self._lines.append(line)
        self._unsent += len(line)
        self._news.set()
        if self._unsent > UNSENT_LIMIT:
            self._closed = True
            self._overflow()

    async def drain(self) -> None:
        """Sends until the end; what was put before it is still sent."""
        while self._lines or not self._closed:
            if not self._lines:
                self._news = anyio.Event()
                await self._news.wait()
                continue
            await self._send_all()

    async def _send_all(self) -> None:
        """Not in `drain`, whose frame would keep what was sent last until there is news."""
        chunk = b"".join(self._lines)
        self._lines.clear()
        await self._stream.send(chunk)
        self._unsent -= len(chunk)
