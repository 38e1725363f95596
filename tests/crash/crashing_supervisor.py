"""A supervisor that dies: the real program, stopped right after a file that it writes has become visible.

Started like the real one, for the folder of a run. Which script's it is, at which file, how many attempts of it and
whether the daemon crashes too, as on a host that goes down, stands in `supervisor-crashes` beside the daemon's home.
"""

import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

SHIM = Path(__file__).parents[2] / "src" / "sentinel" / "adapters" / "supervisor" / "shim.py"
ORDERS = "supervisor-crashes"
DEPTH = 5
"""Folders from a run up to the daemon's home: attempt, step, operation, project, `operations`."""


def main(run: Path) -> None:
    home = run.parents[DEPTH - 1]
    orders = json.loads((home.parent / ORDERS).read_text())
    if run.parent.name == orders["script"] and int(run.name) <= orders["attempts"]:
        _die_after(orders["file"], home / "daemon.lock" if orders["daemon"] else None)
    runpy.run_path(str(SHIM), run_name="__main__")


def _die_after(file: str, daemon: Path | None) -> None:
    replace = os.replace
    supervisor = 0

    def replacing(source: Any, target: Any, **folders: Any) -> None:
        nonlocal supervisor
        replace(source, target, **folders)
        name = Path(target).name
        if name == "identity.json":
            supervisor = os.getpid()
        if name == file:  # by the supervisor itself, or by what is about to be the command
            if daemon is not None:
                os.kill(int(daemon.read_text()), signal.SIGKILL)
            os.kill(supervisor, signal.SIGKILL)
            while os.getppid() == supervisor:  # what is not the command yet goes on alone, and must find that out
                time.sleep(0.001)

    os.replace = replacing  # type: ignore[assignment]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
