"""The demo's own processes, known by a mark in their environment, which whatever they start inherits."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.02
END_SECONDS = 5.0
"""How long a process may take to end after a TERM; after that it is killed."""
_PROC = Path("/proc")


def marked(mark: str) -> set[int]:
    """The living processes in whose environment `mark`, a NAME=value, stands."""
    return _from_proc(mark.encode()) if _PROC.joinpath("self", "environ").exists() else _from_ps(mark)


def _from_proc(mark: bytes) -> set[int]:
    found = set()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def _from_ps(mark: str) -> set[int]:
    """As macOS and the BSDs show it: the environment behind the command."""
    command = ["ps", "-axwwE", "-o", "pid=,command="]
    listing = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout  # noqa: S603
    lines = (line.split(maxsplit=1) for line in listing.splitlines())
    return {int(words[0]) for words in lines if mark in words[-1].split()}


def end(mark: str, seconds: float = END_SECONDS) -> set[int]:
    """Ends all that are marked. Those that even a KILL did not end, which should be none."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in marked(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if until(lambda: not marked(mark), seconds):
            return set()
    return marked(mark)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True
