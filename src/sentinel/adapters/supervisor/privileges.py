"""The rights of a process on Linux: given up, or exchanged for those of another user. Standard library only."""

import ctypes
import os

_CAPABILITY_VERSION_3 = 0x20080522
_PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
UMASK = 0o022
"""What the build user's files are made with: an ordinary one, whatever the daemon's own is."""


def become(uid: int, gid: int) -> None:
    """Makes this process one of that user's for ever: without groups, capabilities or a way to get any.

    Raises OSError where it lacks CAP_SETUID and CAP_SETGID; it must not go on then.
    """
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    drop_capabilities()
    _check(_libc().prctl(_PR_SET_NO_NEW_PRIVS, *_words(1, 0, 0, 0)))
    os.umask(UMASK)


def drop_capabilities() -> None:
    """Gives up every capability of this thread, and so of what it starts. Raises OSError."""
    libc = _libc()
    _check(libc.prctl(PR_CAP_AMBIENT, *_words(PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)))
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)()
    _check(libc.capset(header, effective_permitted_inheritable))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _words(*values: int) -> tuple[ctypes.c_ulong, ...]:
    return tuple(ctypes.c_ulong(value) for value in values)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
