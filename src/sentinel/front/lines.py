"""Bounded lines of a byte stream: what every socket of the daemon reads."""

import anyio
from anyio.abc import ByteStream

from sentinel.errors.connection import OversizedLineError


class LineReader:
    """Lines of a byte stream; of one that is too long nothing is kept."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._searched = 0
        self._skipping = False

    async def read(self, limit: int) -> bytes:
        """The next line without its end.

        Raises OversizedLineError, after which the next line can be read, and anyio.EndOfStream.
        """
        while True:
            line = self._take(limit)
            if line is not None:
                return line
            try:
                self._buffer += await self._stream.receive()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                raise anyio.EndOfStream from None

    def _take(self, limit: int) -> bytes | None:
        while (end := self._buffer.find(b"\n", self._searched)) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._searched = 0
            skipped, self._skipping = self._skipping, False
            if len(line) > limit and not skipped:
                raise OversizedLineError(limit=limit)
            if line.strip() and not skipped:
                return line
        self._searched = len(self._buffer)
        if self._searched > limit:
            self._forget()
            if not self._skipping:
                self._skipping = True
                raise OversizedLineError(limit=limit)
        return None

    def _forget(self) -> None:
        self._buffer.clear()
        self._searched = 0
