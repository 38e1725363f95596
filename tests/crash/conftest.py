"""A nursery for each worker, and a trial for each test; nothing of either is left, whatever fails."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.crash.lives import Lives, Nursery
from tests.crash.trial import Trial
from tests.crash.watched import Watched, place
from tests.protocol.installation import Installation

SECONDS = 60.0
NewTrial = Callable[..., Trial]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, for the sockets; ends every process that has anything to do with it."""
    with tempfile.TemporaryDirectory(prefix="s-") as name:
        try:
            yield Path(name)
        finally:
            _end_processes(name)


@pytest.fixture
def new_trial(nursery: Nursery, folder: Path) -> Iterator[NewTrial]:
    """Makes the trial of a test; the arguments are those of its project."""
    with ExitStack() as stack:

        def make(**rules: str) -> Trial:
            urls = {name: stack.enter_context(place(folder / name)) for name in ("staging", "production")}
            project = Watched.create(folder, urls, **rules)
            installation = Installation(folder / "home", project.root)
            lives = Lives(nursery, installation.environment, folder)
            stack.callback(lives.kill)
            return Trial(project, installation.home, lives)

        yield make


def _end_processes(mark: str) -> None:
    deadline = time.monotonic() + SECONDS
    while left := _marked(mark):
        assert time.monotonic() < deadline, f"processes {left} do not end"
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _marked(mark: str) -> list[int]:
    """Processes that name the folder in their command or environment: daemons, supervisors, scripts, git."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _names(entry, mark.encode())]


def _names(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "cmdline").read_bytes() or mark in (process / "environ").read_bytes()
    except OSError:  # ended meanwhile
        return False
