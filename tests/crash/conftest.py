"""A trial for each test, of which nothing is left, whatever fails."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sentinel.demo.person import open_inbox
from tests.crash.daemons import CrashingDaemon
from tests.crash.processes import kill, named
from tests.crash.trial import Trial
from tests.crash.watched import Watched, place
from tests.protocol.installation import Installation
from tests.protocol.releasing import notify

SECONDS = 60.0
NewTrial = Callable[..., Trial]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, for the sockets; ends every process that has anything to do with it."""
    with tempfile.TemporaryDirectory(prefix="s-") as name:
        try:
            yield Path(name)
        finally:
            _end_processes(Path(name))


@pytest.fixture
def new_trial(folder: Path) -> Iterator[NewTrial]:
    """Makes the trial of a test, on SQLite unless another `database` is named; `rules` are those of its project."""
    with ExitStack() as stack:

        def make(*, database: str | None = None, **rules: str) -> Trial:
            urls = {name: stack.enter_context(place(folder / name)) for name in ("staging", "production")}
            project = Watched.create(folder, urls, **rules)
            extra = {"SENTINEL_DATABASE_URL": database} if database else {}
            installation = Installation(folder / "home", project.root, extra)
            inbox = stack.enter_context(open_inbox())
            notify(installation, f"http://127.0.0.1:{inbox.server_port}")
            daemon = CrashingDaemon(installation.environment, folder)
            stack.callback(daemon.kill)
            return Trial(project, installation.home, daemon, inbox, database)

        yield make


def _end_processes(folder: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while left := named(folder):
        assert time.monotonic() < deadline, f"processes {left} do not end"
        kill(left)
