"""Daemons of one project, one after the other, as a test starts them and sees them end."""

import json
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.crash.crash_points import Fault, Moment
from tests.preloaded.program import Forked
from tests.preloaded.start import preloaded_at

SECONDS = 60.0
ENTRY = "tests.crash.crashing_daemon:run"


class CrashingDaemon:
    """Daemons in `environment`, of which at most one runs at any time.

    `told` says how each one ended; `supervisor` is a program that it starts instead of its own for each script.
    A crash is a `fault` of that kind; with `short_timeouts` it notices sooner what happens to its leases.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        *,
        log: str = "daemon.log",
        fault: Fault = "killed",
        short_timeouts: bool = False,
    ) -> None:
        self._process: Forked | None = None
        self._environment = environment
        self._fault = fault
        self._short_timeouts = short_timeouts
        self.supervisor: Path | None = None
        self._log = folder / log
        self._crashed = folder / "crashed"
        self._crashes_before = 0
        self._moment: Moment | None = None
        self.pid: int | None = None
        self.told: list[str] = []

    @property
    def crashes(self) -> list[str]:
        """The points at which it has crashed by itself, in order."""
        return self._crashed.read_text().splitlines() if self._crashed.exists() else []

    def begin(self, moment: Moment | None) -> None:
        """A daemon that crashes at the next point of that kind at which none has crashed yet; at None, at no point."""
        plan = {
            "crashed": str(self._crashed),
            "moment": moment,
            "supervisor": str(self.supervisor) if self.supervisor else None,
            "fault": self._fault,
            "short_timeouts": self._short_timeouts,
        }
        self._crashes_before = len(self.crashes)
        self._moment = moment
        self._process = self._fork(json.dumps(plan))
        self.pid = self._process.pid

    def is_over(self, seconds: float = 0.0) -> bool:
        """Whether the daemon has been killed. Raises AssertionError where it ended in any other way."""
        if self._process is None:
            return True
        status = self._process.status(seconds)
        if status is None:
            return False
        self._process.close()
        self._process = self.pid = None
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed, f"the daemon ended with status {status}: {self.log_tail()}"
        by_itself = len(self.crashes) > self._crashes_before
        how = f"ended {self._moment} {self.crashes[-1]}" if by_itself else "was ended by the test"
        self.told.append(f"daemon {len(self.told) + 1} {how}")
        return True

    def kill(self) -> None:
        """kill -9, unless it has ended already."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            assert self.is_over(SECONDS), "the daemon does not end"

    def _fork(self, plan: str) -> Forked:
        """The real daemon, forked off a process that has imported it already: it is killed sooner than it starts."""
        environment = {os.fsencode(name): os.fsencode(value) for name, value in self._environment.items()}
        with ExitStack() as stack:
            opened = [
                os.open(os.devnull, os.O_RDONLY),
                os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                os.open(self._environment["HOME"], os.O_PATH),
            ]
            for descriptor in opened:
                stack.callback(os.close, descriptor)
            nothing, log, directory = opened
            return Forked(preloaded_at(), (ENTRY, plan), environment, (nothing, log, log), directory)

    def log_tail(self) -> str:
        return self._log.read_text()[-3000:] if self._log.exists() else "it said nothing"
