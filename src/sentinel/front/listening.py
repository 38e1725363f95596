"""Unix sockets of the daemon: bound where nobody else answers, gone with their owner."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from anyio.abc import SocketListener

from sentinel.errors.wire import SocketInUseError
from sentinel.front.connections import BACKLOG


@asynccontextmanager
async def bound(path: Path, *, mode: int = 0o600) -> AsyncIterator[SocketListener]:
    """A listener on `path` for the length of the block; a stale socket is replaced.

    A folder that does not exist is made for its owner alone; one that does keeps its mode. The socket has its mode
    from the moment it can be seen. Raises SocketInUseError where another daemon answers there.
    """
    _check_unused(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"~{path.name[1:]}")  # as long as the name itself, for the system's limit
    partial.unlink(missing_ok=True)
    listener = await anyio.create_unix_listener(partial, mode=mode, backlog=BACKLOG)
    partial.rename(path)
    inode = path.stat().st_ino
    try:
        async with listener:
            yield listener
    finally:
        _unlink(path, inode)


def _check_unused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.settimeout(1)
        probe.connect(os.fspath(path))
        raise SocketInUseError(path=path)


def _unlink(path: Path, inode: int) -> None:
    """Only our own socket: another daemon may have replaced it."""
    with suppress(OSError):
        if path.stat().st_ino == inode:
            path.unlink()
