"""What starts `sentinel` off the preloaded process, which all workers of the tests share."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.preloaded.program import __file__ as program

ROOT = Path(__file__).parents[2]
QUICK = "tests.preloaded.quick:main"
IN_EARNEST = "sentinel.front.cli.main:main"
"""With every wait of the real one."""
FOLDER = "SENTINEL_TEST_PRELOADED"
"""The variable with the folder of the process, which whoever needs it first starts there."""
_ALIVE = "alive"
"""The pipe that it reads: it ends when the process does that has made the folder."""
_started: list["subprocess.Popen[bytes]"] = []


def share_preloaded() -> None:
    """For this process and all that it starts."""
    os.environ[FOLDER] = folder = tempfile.mkdtemp(prefix="p-")
    os.mkfifo(f"{folder}/{_ALIVE}")
    alive = os.open(f"{folder}/{_ALIVE}", os.O_RDWR | os.O_CLOEXEC)

    def end() -> None:
        os.close(alive)
        for process in _started:
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)


@cache
def preloaded_at() -> str:
    """Where it listens."""
    if FOLDER not in os.environ:
        share_preloaded()
    folder = os.environ[FOLDER]
    path = f"{folder}/preloaded"
    with Path(folder, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not Path(path).exists():
            _start(folder, path)
    return path


def _start(folder: str, path: str) -> None:
    with open(f"{folder}/{_ALIVE}", "rb") as alive:  # noqa: PTH123 - it is opened to be read, which waits for nobody
        parent = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded.parent", path],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdin=alive,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    _started.append(parent)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n", "the preloaded process did not start"


def preloaded(entry: str = QUICK) -> tuple[str, ...]:
    """The words to put before those of a command, in place of Python's and `sentinel`; or of another function's."""
    return (sys.executable, "-I", "-S", program, preloaded_at(), entry)
