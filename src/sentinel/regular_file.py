"""Reads a file that others may have put there: a pipe is not waited for, a device not read. Standard library only."""

import os
import stat


def read_regular(path: str, limit: int) -> bytes | None:
    """At most `limit` bytes of a regular file; None where there is no such file, or it cannot be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        return os.read(file, limit) if stat.S_ISREG(os.fstat(file).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(file)
