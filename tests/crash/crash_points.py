"""Crashes on purpose, at each point of a scenario once: what runs inside the daemon under test."""

import os
import signal
from pathlib import Path
from typing import Literal

from sentinel.adapters.store.database import replica_name
from sentinel.core.audit.chain import AuditDraft, AuditEntry
from tests.crash.processes import kill, named

Moment = Literal["before", "after", "between", "outage"]
"""Right before a commit, right after it, or around what is done to the world between two of them.

An outage is of the whole host: not only the daemon ends there, but the supervisors, their scripts and git, too.
"""
Fault = Literal["killed", "stopped", "cut off"]
"""What happens then: kill -9, SIGSTOP until somebody wakes it, or the end of all its connections to PostgreSQL."""
JOURNALLED = "journalled"


class CrashPoints:
    """`crashed` is the file that records where it has happened already, to this daemon or to others before it.

    `host` is the folder whose processes end in an outage.
    """

    def __init__(self, crashed: Path, host: Path | None, fault: Fault) -> None:
        self._crashed = crashed
        self._host = host
        self._fault = fault
        self.doing = "nothing"

    def at(self, what: str) -> None:
        """The fault of this process while it is `doing` something, unless there was one there before."""
        point = f"{self.doing}: {what}"
        if self._crashed.exists() and point in self._crashed.read_text().splitlines():
            return
        with self._crashed.open("a") as crashed:
            crashed.write(f"{point}\n")
        if self._host is not None:
            kill(named(self._host))
        if self._fault == "cut off":
            _cut_off()
        else:
            os.kill(os.getpid(), signal.SIGKILL if self._fault == "killed" else signal.SIGSTOP)


def _cut_off() -> None:
    """As when the network fails between this replica and its database, for a moment."""
    import psycopg  # noqa: PLC0415 - most scenarios have no PostgreSQL

    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(os.environ["SENTINEL_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(ended, (replica_name(),))


def part(entry: AuditDraft | AuditEntry) -> str:
    """What an audit entry contributes to the name of the commit that it was made in."""
    if entry.kind == "transition":
        return str(entry.data["on"])
    return f"at {entry.summary}" if entry.kind == "operation.step" else entry.kind


def joined(parts: list[str]) -> str:
    """The name of a commit."""
    return " + ".join(parts)


def parts_of(point: str) -> list[str]:
    """The parts of the commit at which a daemon has crashed."""
    return point.partition(": ")[2].split(" + ")
