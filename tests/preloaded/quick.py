"""`sentinel` as most tests start it: quicker, and in nothing else different.

Its daemon hardly waits for clients to read a changed list, which those of most tests never do, and forks the
supervisors of its commands off the preloaded process: the imports of one take longer than most commands.
"""

import os
from pathlib import Path
from typing import Any, BinaryIO

from sentinel.adapters.supervisor import runs, shim, supervisors
from sentinel.core.values.printable import printable
from sentinel.front.cli.main import main as sentinel
from sentinel.front.mcp import calls
from tests.preloaded.program import Forked

preloaded_at = ""
"""Where the preloaded process listens, which sets it."""
SUPERVISOR = "tests.preloaded.quick:supervise"


def main(words: list[str]) -> int:
    calls.RELIST_SECONDS = 0.2
    starting: Any = runs
    starting.start_supervisor = _start_supervisor
    return sentinel(words)


def supervise(words: list[str]) -> int:
    """What the supervisor's own program does."""
    shim.fork_away(Path(words[0]), "")
    return 0


def _start_supervisor(directory: Path, given: BinaryIO, *user: str) -> str:
    """As `supervisors.start_supervisor`, which is for what another user runs."""
    if user:
        return supervisors.start_supervisor(directory, given, *user)
    log = directory / "supervisor.log"
    nothing, root = os.open(os.devnull, os.O_WRONLY), os.open("/", os.O_PATH)
    try:
        with log.open("wb") as faults:
            streams = (given.fileno(), nothing, faults.fileno())
            process = Forked(preloaded_at, (SUPERVISOR, str(directory)), {}, streams, root)
        process.status()
        process.close()
    except OSError as error:
        return error.strerror or str(error)
    finally:
        os.close(nothing)
        os.close(root)
    return printable(log.read_text(errors="replace").strip().rpartition("\n")[2]) or "it ended at once"
