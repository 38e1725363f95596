"""Processes that have to do with a folder: daemons, supervisors, scripts and git, wherever they were started from."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def named(folder: Path) -> list[int]:
    """Those whose command or environment names `folder`; not this process, and none that has ended."""
    mark = os.fsencode(folder)
    entries = [entry for entry in Path("/proc").glob("[0-9]*") if int(entry.name) != os.getpid()]
    return [int(entry.name) for entry in entries if _names(entry, mark)]


def kill(pids: list[int]) -> None:
    """kill -9 of those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _names(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "cmdline").read_bytes() or mark in (process / "environ").read_bytes()
    except OSError:  # ended meanwhile
        return False
