"""Temporary folders of the tests in memory: what they store is for nobody, and a disk takes milliseconds to sync it.

A release waits for the disk at every step. `TMPDIR` says where else: `TMPDIR=/tmp make test`.
"""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - the point of it
ENOUGH_BYTES = 2 << 30
"""More than the tests need at any time, also where many run at once."""


def use_memory() -> None:
    """Unless the user names a place, or this machine has none that is large enough and may hold scripts."""
    if "TMPDIR" not in os.environ and _suits(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _suits(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= ENOUGH_BYTES
