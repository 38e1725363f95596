"""The same through the programs that people really run: a relay that outlives the daemons, and a terminal."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client

from sentinel.adapters.processes import process_start
from sentinel.core.release.states import State
from sentinel.errors.connection import DaemonUnreachableError
from sentinel.launch.relay_record import RESTARTED
from tests.crash.actions import RELEASE, Actions, act_until
from tests.crash.clients import ReleaseClient, Status
from tests.crash.conftest import NewTrial
from tests.crash.scenario import at
from tests.crash.watched import Watched
from tests.protocol.agent import structured, text
from tests.protocol.installation import Installation

SCRIPTS = ("tests", "build", "staging", "smoke", "production")
SECONDS = 60.0


class RelayClient:
    """An agent's client behind `sentinel mcp`, and a person's commands; both wait for the next daemon."""

    def __init__(self, portal: BlockingPortal, client: Client, installation: Installation) -> None:
        self._portal = portal
        self._client = client
        self._installation = installation
        self.told = 0

    def call(self, tool: str, **arguments: object) -> Status:
        """Calls again where it is told to."""
        while True:
            result = self._portal.call(partial(self._client.call_tool, tool, arguments))
            if structured(result):
                return structured(result)
            assert text(result) == RESTARTED
            self.told += 1

    def ask(self, command: str, **arguments: object) -> Any:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self._installation.operator.ask(command, **arguments)
            except DaemonUnreachableError:
                assert time.monotonic() < deadline
                time.sleep(0.05)


@contextmanager
def relay(installation: Installation) -> Iterator[RelayClient]:
    """A client behind a relay."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(installation.client("2026")) as client:
        yield RelayClient(portal, client, installation)


def kill_daemon(home: Path) -> None:
    """kill -9 of the daemon that a relay has started, and its end."""
    pid = int((home / "daemon.lock").read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: process_start(pid) is None)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill_in_each_script(project: Watched, home: Path) -> None:
    for script in SCRIPTS:
        wait_until(lambda: bool(project.begun(script)))  # noqa: B023 - called at once
        kill_daemon(home)
        project.let_go(script)


@pytest.mark.timeout(300)
def test_an_agent_releases_over_one_relay_though_the_daemon_dies_again_and_again(new_trial: NewTrial) -> None:
    trial = new_trial()
    installation = Installation(trial.home, trial.project.root)

    def approve(_client: ReleaseClient, _status: Status) -> bool:
        installation.approve()
        return True

    for script in SCRIPTS:
        trial.project.hold(script)
    actions: Actions = {**RELEASE, "AWAITING_APPROVAL": approve}
    with ThreadPoolExecutor() as pool, relay(installation) as client:
        killing = pool.submit(kill_in_each_script, trial.project, trial.home)
        act_until(client, actions, at(State.IDLE, "0.1.0"))
        killing.result()
        assert client.told > 0
    kill_daemon(trial.home)
    trial.end()
