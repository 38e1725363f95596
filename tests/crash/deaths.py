"""Dying on purpose, at each point of a story once: what runs inside the daemon under test."""

import os
import signal
from pathlib import Path
from typing import Literal

from sentinel.core.audit import AuditDraft, AuditEntry
from tests.crash.processes import kill, named

Moment = Literal["before", "after", "between", "outage"]
"""Right before a commit, right after it, or around what is done to the world between two of them.

An outage is of the whole host: not only the daemon dies there, but the supervisors, their scripts and git, too.
"""
JOURNALLED = "journalled"


class Deaths:
    """`died` is the file that remembers over all lives where one has ended already.

    `host` is the folder whose processes are what dies in an outage.
    """

    def __init__(self, died: Path, host: Path | None) -> None:
        self._died = died
        self._host = host
        self._known = frozenset(died.read_text().splitlines()) if died.exists() else frozenset()
        self.doing = "nothing"

    def at(self, what: str) -> None:
        """kill -9 of this process while it is `doing` something, unless an earlier life ended here."""
        point = f"{self.doing}: {what}"
        if point in self._known:
            return
        with self._died.open("a") as died:
            died.write(f"{point}\n")
        if self._host is not None:
            kill(named(self._host))
        os.kill(os.getpid(), signal.SIGKILL)


def part(entry: AuditDraft | AuditEntry) -> str:
    """What an audit entry contributes to the name of the commit that it was made in."""
    if entry.kind == "transition":
        return str(entry.data["on"])
    return f"at {entry.summary}" if entry.kind == "operation.step" else entry.kind


def joined(parts: list[str]) -> str:
    """The name of a commit."""
    return " + ".join(parts)


def parts_of(point: str) -> list[str]:
    """The parts of the commit at which a life has ended."""
    return point.partition(": ")[2].split(" + ")
