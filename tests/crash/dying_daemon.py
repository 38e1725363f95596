"""The program that starts daemons that die: the real one, forked off a process that has imported it already.

A daemon's start is mostly imports, which take longer than a life. Reads plans on stdin, one a line; answers each with
the process id that was born, and then with the status that it ended with. Whatever it started ends with it.
"""

import ctypes
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import structlog

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store import engines, lease_session, session
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.supervisor import shim
from sentinel.daemon import run_daemon
from sentinel.launch.settings import Settings
from tests.crash.at_commits import die_at_commits
from tests.crash.between_commits import die_between_commits
from tests.crash.deaths import Deaths, Fate, Moment

_PR_SET_PDEATHSIG = 1
log = structlog.get_logger(__name__)


def main() -> None:
    _end_with_parent()
    _import_the_rest()
    _say({"ready": os.getpid()})
    for line in sys.stdin:
        plan = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(plan)
        _say({"born": pid})
        _say({"ended": os.waitpid(pid, 0)[1]})


def _live(plan: Mapping[str, Any]) -> None:
    """One life in the environment of the plan; never returns."""
    status = 1
    try:
        _end_with_parent()
        os.environ.clear()
        os.environ.update(plan["environment"])
        os.chdir(plan["environment"]["HOME"])
        _redirect(plan["log"])
        shim.__file__ = plan["supervisor"] or shim.__file__
        if plan["hasty"]:
            _notice_soon()
        _arm(plan["moment"], Path(plan["died"]), plan["fate"])
        run_daemon(Settings.from_environ(os.environ), os.environ)
        status = 0
    except Exception:
        log.exception("a life failed")
    finally:
        os._exit(status)


def _notice_soon() -> None:
    """A replica that says nothing is given up sooner than in earnest, and gives up sooner, in the same proportion."""
    lease_session.WATCH_SECONDS, session.ANSWER_SECONDS, lease_session.SILENCE_SECONDS = 0.2, 0.8, 2
    engines.PATIENCE_SECONDS, engines.ANSWER_SECONDS = 2, 3


def _arm(moment: Moment | None, died: Path, fate: Fate) -> None:
    deaths = Deaths(died, died.parent if moment == "outage" else None, fate)
    if moment in ("between", "outage"):
        die_between_commits(deaths)
    elif moment is not None:
        die_at_commits(deaths, moment)


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(source, target)


def _import_the_rest() -> None:
    """What a daemon imports at its first steps: a store's migrations, git, and the services that tell people."""
    import apprise  # noqa: F401, PLC0415 - as the daemon does it
    import git.objects.fun  # noqa: F401, PLC0415 - importing it runs git

    with tempfile.TemporaryDirectory() as folder:

        async def open_store() -> None:
            await (await SqlStore.open(f"sqlite:///{folder}/empty.db", SystemClock())).close()

        anyio.run(open_store)


def _end_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _say(message: Mapping[str, int]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
