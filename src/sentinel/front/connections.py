"""Limits the connections of a listener: each is an open file of the daemon, which scripts and the store need too.

Connections that have not identified themselves make room for newer ones, the oldest first, so that silent ones keep
nobody out. If the system has no room for another connection, accepting pauses and then continues.
"""

import errno
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import structlog
from anyio.abc import SocketStream, TaskGroup

from sentinel.errors.connection import TooManyConnectionsError

MOST_FILES = 1 << 16
NEW = 64
"""How many may be unidentified at once."""
PAUSE_SECONDS = 0.5
BACKLOG = 128
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = structlog.get_logger(__name__)


def raise_file_limit() -> None:
    """Allows as many open files as the system permits, up to what the limits below can use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def share_of_files(part: int, *, most: int) -> int:
    """The `part`th part of the files that this process may have open, `most` at most."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return most if files == resource.RLIM_INFINITY else min(most, files // part)


class Connections:
    """The connections of one listener: `most` of all users, `each` of one."""

    def __init__(self, most: int, each: int, *, new: int = NEW) -> None:
        self._most = most
        self._each = each
        self._limit_of_new = new
        self._new: dict[object, anyio.CancelScope] = {}
        self._known: Counter[object] = Counter()

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """While it has not identified itself. Raises TooManyConnectionsError if it had to make room."""
        for scope in list(self._new.values())[: len(self._new) - self._limit_of_new + 1]:
            scope.cancel()
        with anyio.CancelScope() as own:
            key = object()
            self._new[key] = own
            try:
                yield
            finally:
                del self._new[key]
        if own.cancelled_caught:
            raise TooManyConnectionsError(limit=self._limit_of_new)

    @contextmanager
    def known(self, user: object) -> Iterator[None]:
        """While it stays. Raises TooManyConnectionsError."""
        if self._known[user] >= self._each or self._known.total() >= self._most:
            log.warning("connection.refused", why="there are too many", user=str(user))
            raise TooManyConnectionsError(limit=self._each)
        self._known[user] += 1
        try:
            yield
        finally:
            self._known[user] -= 1


async def serve_each(
    accept: Callable[[], Awaitable[SocketStream]],
    handler: Callable[[SocketStream], Coroutine[Any, Any, None]],
    tasks: TaskGroup,
) -> None:
    """Hands every connection to `handler` until cancelled."""
    while True:
        try:
            stream = await accept()
        except anyio.BrokenResourceError as error:
            if not await pause_for(error.__cause__):
                raise
        else:
            tasks.start_soon(handler, stream)


async def pause_for(error: BaseException | None) -> bool:
    """Waits a moment if the system has no room for another connection; returns whether accepting can continue."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_ROOM:
        log.warning("connections.paused", why=str(error), seconds=PAUSE_SECONDS)
        await anyio.sleep(PAUSE_SECONDS)
    return number in _NO_ROOM or number == errno.ECONNABORTED
