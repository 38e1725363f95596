"""What is sent to one session of the 2025 era, without ever waiting for a client that does not read."""

from collections import deque
from collections.abc import Callable

import anyio
import anyio.lowlevel
from mcp.shared._stream_protocols import WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage

from sentinel.front.mcp.outgoing import Closable

UNSENT_LIMIT = 256
"""Messages that wait for the streams of a session; one that lets more pile up is ended."""


class SessionOutbox(Closable):
    """Hands messages on to the SDK's transport, which knows the stream that each belongs to."""

    def __init__(
        self,
        stream: WriteStream[SessionMessage],
        *,
        watch: Callable[[JSONRPCMessage], None],
        overflow: Callable[[], None],
    ) -> None:
        super().__init__()
        self._stream = stream
        self._watch = watch
        self._overflow = overflow
        self._waiting: deque[SessionMessage] = deque()

    async def send(self, item: SessionMessage, /) -> None:
        """Raises anyio.ClosedResourceError after the end."""
        self._watch(item.message)
        self._add(item)
        await anyio.lowlevel.checkpoint()

    def put(self, message: JSONRPCMessage) -> None:
        """For the stream that the client keeps open for news, if it does."""
        self._add(SessionMessage(message))

    def _add(self, item: SessionMessage) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        self._waiting.append(item)
        self._news.set()
        if len(self._waiting) > UNSENT_LIMIT:
            self._closed = True
            self._overflow()

    async def drain(self) -> None:
        """Hands on until the end; what was put before it is still handed on."""
        while self._waiting or not self._closed:
            if not self._waiting:
                self._news = anyio.Event()
                await self._news.wait()
                continue
            await self._stream.send(self._waiting.popleft())
