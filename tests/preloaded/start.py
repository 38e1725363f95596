"""What starts `sentinel` off the preloaded process, of which every worker of the tests has one."""

import atexit
import os
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


@cache
def preloaded_at() -> str:
    """Where it listens; it is started at the first use, and ends with the tests."""
    folder = tempfile.TemporaryDirectory(prefix="p-")
    path = f"{folder.name}/preloaded"
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.preloaded.parent", path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )

    def end() -> None:
        parent.communicate()
        folder.cleanup()

    atexit.register(end)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n", "the preloaded process did not start"
    return path


def preloaded(entry: str = QUICK) -> tuple[str, ...]:
    """The words to put before those of a command, in place of Python's and `sentinel`; or of another function's."""
    return (sys.executable, "-I", "-S", program, preloaded_at(), entry)
