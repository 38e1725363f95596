"""The lives of a daemon, one after the other, as a test begins them and sees them end."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.crash.deaths import Fate, Moment

SECONDS = 60.0
ROOT = Path(__file__).parents[2]


class Nursery:
    """The process that daemons are forked off; it ends with the tests, and they with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.dying_daemon"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._buffer = b""
        assert self._read(SECONDS), "the nursery did not start"

    def begin(self, plan: Mapping[str, Any]) -> int:
        """The process id of a new daemon; the one before it must have ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(plan).encode() + b"\n")
        born = self._read(SECONDS)
        assert born is not None, "no daemon was born"
        return int(born["born"])

    def ended(self, seconds: float) -> int | None:
        """The status with which the daemon ended, as soon as it has; None after `seconds`."""
        said = self._read(seconds)
        return int(said["ended"]) if said else None

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self, seconds: float) -> dict[str, int] | None:
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if not select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return None
            data = os.read(self._process.stdout.fileno(), 4096)
            assert data, "the nursery has ended"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return dict(json.loads(line))


class Lives:
    """A daemon in `environment`, of which at most one lives at any time.

    `told` says how each life ended; `supervisor` is a program that it starts instead of its own for each script.
    It meets its `fate` instead of its death where that is another one, and notices sooner what befalls its leases
    where it is `hasty`.
    """

    def __init__(
        self,
        nursery: Nursery,
        environment: Mapping[str, str],
        folder: Path,
        *,
        log: str = "daemon.log",
        fate: Fate = "killed",
        hasty: bool = False,
    ) -> None:
        self._nursery = nursery
        self._environment = environment
        self._fate = fate
        self._hasty = hasty
        self.supervisor: Path | None = None
        self._log = folder / log
        self._died = folder / "died"
        self._deaths_before = 0
        self._moment: Moment | None = None
        self.pid: int | None = None
        self.told: list[str] = []

    @property
    def deaths(self) -> list[str]:
        """The points at which it has died by itself, in order."""
        return self._died.read_text().splitlines() if self._died.exists() else []

    def begin(self, moment: Moment | None) -> None:
        """A daemon that dies at the next point of that kind which it has not died at yet; at None, that lives on."""
        plan = {
            "environment": self._environment,
            "log": str(self._log),
            "died": str(self._died),
            "moment": moment,
            "supervisor": str(self.supervisor) if self.supervisor else None,
            "fate": self._fate,
            "hasty": self._hasty,
        }
        self._deaths_before = len(self.deaths)
        self._moment = moment
        self.pid = self._nursery.begin(plan)

    def is_over(self, seconds: float = 0.0) -> bool:
        """Whether the daemon has died, as it should. Raises AssertionError where it ended in any other way."""
        if self.pid is None:
            return True
        status = self._nursery.ended(seconds)
        if status is None:
            return False
        self.pid = None
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed, f"the daemon ended with status {status}: {self.last_words()}"
        by_itself = len(self.deaths) > self._deaths_before
        how = f"ended {self._moment} {self.deaths[-1]}" if by_itself else "was ended by the test"
        self.told.append(f"life {len(self.told) + 1} {how}")
        return True

    def kill(self) -> None:
        """kill -9, unless it is dead already."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            assert self.is_over(SECONDS), "the daemon does not die"

    def last_words(self) -> str:
        return self._log.read_text()[-3000:] if self._log.exists() else "it said nothing"
