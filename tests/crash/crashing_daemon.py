"""A daemon that dies: the real one, told where it meets which end. It is forked off the preloaded process."""

import json
import os
from pathlib import Path

from sentinel.adapters.store import database, replicas
from sentinel.adapters.supervisor import shim
from sentinel.daemon import run_daemon
from sentinel.launch.settings import Settings
from tests.crash.at_commits import crash_at_commits
from tests.crash.between_commits import crash_between_commits
from tests.crash.crash_points import CrashPoints, Fault, Moment


def run(words: list[str]) -> int:
    """One daemon by its plan."""
    plan = json.loads(words[0])
    shim.__file__ = plan["supervisor"] or shim.__file__
    if plan["short_timeouts"]:
        _notice_soon()
    _arm(plan["moment"], Path(plan["crashed"]), plan["fault"])
    run_daemon(Settings.from_environ(os.environ), os.environ)
    return 0


def _notice_soon() -> None:
    """A replica that says nothing is given up sooner than in earnest, and gives up sooner, in the same proportion."""
    replicas.WATCH_SECONDS, replicas.ANSWER_SECONDS, replicas.SILENCE_SECONDS = 0.2, 0.8, 2
    database.PATIENCE_SECONDS, database.ANSWER_SECONDS = 2, 3


def _arm(moment: Moment | None, crashed: Path, fault: Fault) -> None:
    crashes = CrashPoints(crashed, crashed.parent if moment == "outage" else None, fault)
    if moment in ("between", "outage"):
        crash_between_commits(crashes)
    elif moment is not None:
        crash_at_commits(crashes, moment)
