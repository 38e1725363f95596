"""A program that starts at once: it runs in a process that is forked off the preloaded one.

`program.py SOCKET ENTRY WORD …` has the function ENTRY (`module:name`) called with its words, in its environment,
working directory, umask and standard streams, waits for the end of that process, and ends as it did. Standard library
only, and little of it.
"""

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Forked:
    """A process that was forked off the preloaded one at `path`; it is killed where the connection ends before it."""

    def __init__(
        self,
        path: str,
        words: Sequence[str],
        environment: Mapping[bytes, bytes],
        streams: Sequence[int],
        directory: int,
    ) -> None:
        self._received = b""
        self._link = socket.socket(socket.AF_UNIX)
        self._link.connect(path)
        umask = _umask()
        variables = [part for pair in environment.items() for part in pair]
        request = b"\0".join([b"%d" % umask, b"%d" % len(words), *map(os.fsencode, words), *variables])
        socket.send_fds(self._link, [b"%d\n" % len(request)], [*streams, directory])
        self._link.sendall(request)
        self.pid = self._number()

    def status(self, seconds: float | None = None) -> int | None:
        """As os.wait has it; None where the process has not ended after that many seconds."""
        self._link.settimeout(seconds)
        try:
            return self._number()
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        """Kills it, unless it has ended."""
        self._link.close()

    def _number(self) -> int:
        while b"\n" not in self._received:
            data = self._link.recv(64)
            if not data:
                raise SystemExit("the preloaded process has ended")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return int(line)


def _umask() -> int:
    """Without setting it: other threads of a daemon may create files meanwhile."""
    with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - pathlib takes longer than the rest
        return int(next(line for line in status if line.startswith(b"Umask:")).split()[1], 8)


def main() -> None:
    _, path, *words = sys.argv
    process = Forked(path, words, os.environb, (0, 1, 2), os.open(".", os.O_PATH))
    for forwarded in FORWARDED:
        signal.signal(forwarded, lambda number, _: os.kill(process.pid, number))
    status = process.status() or 0
    if os.WIFSIGNALED(status):
        for forwarded in FORWARDED:
            signal.signal(forwarded, signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
