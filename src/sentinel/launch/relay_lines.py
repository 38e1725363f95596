"""Whole lines of a byte stream, as the relay passes them on. Standard library only."""

import os
import socket

from sentinel.launch.agent_link import CHUNK

ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of a line from the daemon."""


class Lines:
    """A line that is longer than `limit` keeps one byte more than that, so that it is still refused for its length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.rest = bytearray()
        """What has no end yet."""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` ends, each with its end."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._keep(part)
            lines.append(bytes(self.rest) + b"\n")
            self.rest.clear()
        self._keep(rest)
        return lines

    def _keep(self, part: bytes) -> None:
        self.rest += part[: self._limit + 1 - len(self.rest)]


class Link:
    """A connection to one daemon. Of a line that it has not sent whole, nothing is passed on."""

    def __init__(self, connected: tuple[socket.socket, bytes]) -> None:
        self._socket, early = connected
        self._lines = Lines(ANSWER_LIMIT)
        self._early = self._lines.feed(early)
        self.limit(None)  # the handshake had a limit; a daemon with nothing to say is none that ended

    def read(self) -> list[bytes] | None:
        """The lines that have come, as soon as something has; None at the end, or where nothing comes in time."""
        if self._early:
            lines, self._early = self._early, []
            return lines
        try:
            data = self._socket.recv(CHUNK)
        except OSError:
            return None
        return self._lines.feed(data) if data else None

    def send(self, data: bytes) -> bool:
        """Whether it could be sent; where not, the daemon is gone or does not answer."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def limit(self, seconds: float | None) -> None:
        """How long reading and sending wait; without a limit, for ever."""
        self._socket.settimeout(seconds)

    def end(self, how: int = socket.SHUT_WR) -> None:
        """Our side of the connection, or all of it."""
        try:  # noqa: SIM105 - contextlib takes a millisecond of every start
            self._socket.shutdown(how)
        except OSError:
            pass


def write_out(data: bytes) -> None:
    """To the client. Raises OSError where it is gone."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
