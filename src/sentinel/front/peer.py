"""Who is at the other end of a unix socket, by the credentials that the system vouches for."""

import os
import pwd
import socket
import struct
import sys

from anyio.abc import AnyByteStream, SocketAttribute

from sentinel.core.values.printable import printable


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
