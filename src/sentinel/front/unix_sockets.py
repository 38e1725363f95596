"""The daemon's Unix sockets: bound where nobody else answers, removed with their owner; and who may ask there."""

import os
import pwd
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

import anyio
from anyio.abc import AnyByteStream, ByteStream, SocketAttribute, SocketListener
from pydantic import AfterValidator

from sentinel.adapters.system_groups import groups_of
from sentinel.core.values.printable import printable
from sentinel.errors.connection import OversizedLineError, SocketInUseError
from sentinel.errors.daemon import NotAnOperatorError
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


def peer_name(stream: AnyByteStream) -> str:
    """The name of the system's user, or the number of one without a name."""
    return user_name(peer_uid(stream))


def peer_uid(stream: AnyByteStream) -> int:
    """The number of the system's user."""
    return _uid_at(stream.extra(SocketAttribute.raw_socket))  # noqa: S610 - anyio's, no query


def user_name(uid: int) -> str:
    """The name of a user, or the number of one without a name."""
    try:
        return printable(pwd.getpwuid(uid).pw_name, limit=60)
    except KeyError:
        return str(uid)


def _uid_at(link: socket.socket) -> int:
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    return os.geteuid()  # elsewhere the folder's mode lets nobody else in


class Admission(Protocol):
    """The rule by which people are let in."""

    @property
    def socket_mode(self) -> int: ...

    def check(self, uid: int, person: str) -> None:
        """Raises NotAnOperatorError."""
        ...


@dataclass(frozen=True, slots=True)
class OwnUser:
    """Advisory mode: the socket is its owner's."""

    socket_mode: int = 0o600

    def check(self, uid: int, person: str) -> None:
        """The folder's mode keeps everybody else out."""


@dataclass(frozen=True, slots=True)
class OperatorsGroup:
    """Separated mode: members of the group `operators` that are not also in `agents`: an agent could run as them.

    Membership is looked up at every request, as the system has it now.
    """

    operators: str
    agents: str
    socket_mode: int = 0o660

    def check(self, uid: int, person: str) -> None:
        if uid == 0:
            return
        groups = _groups_of(uid)
        if self.operators not in groups:
            raise NotAnOperatorError(user=person, reason=f"it is not in the group {self.operators}")
        if self.agents in groups:
            raise NotAnOperatorError(user=person, reason=f"it is in the group {self.agents}, as agents are")


def _groups_of(uid: int) -> frozenset[str]:
    try:
        return groups_of(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return frozenset()


def _absolute(path: Path) -> Path:
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError("an absolute path")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
"""A folder as the other side names it: the daemon works elsewhere."""


class LineReader:
    """Lines of a byte stream; a line that is too long is discarded."""

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
