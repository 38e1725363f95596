"""The same through the programs that people really run: relays that start a daemon where none lives, and a terminal."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.shared.exceptions import MCPError

from sentinel.adapters.boot import process_start
from sentinel.core.states import State
from sentinel.errors.wire import DaemonUnreachableError
from tests.crash.conftest import NewTrial
from tests.crash.hands import Gone, Hands, Status
from tests.crash.insistent import RELEASE, Moves, insist
from tests.crash.story import at
from tests.crash.watched import Watched
from tests.protocol.agent import structured
from tests.protocol.installation import Installation

SCRIPTS = ("tests", "build", "staging", "smoke", "production")
SECONDS = 60.0
_BROKEN = (MCPError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)


class RelayedHands:
    """An agent's client behind `sentinel mcp`, and a person's commands."""

    def __init__(self, portal: BlockingPortal, client: Client, installation: Installation) -> None:
        self._portal = portal
        self._client = client
        self._installation = installation

    def call(self, tool: str, **arguments: object) -> Status | None:
        try:
            return structured(self._portal.call(partial(self._client.call_tool, tool, arguments)))
        except _BROKEN as error:
            raise Gone from error

    def ask(self, command: str, **arguments: object) -> Any:
        try:
            return self._installation.operator.ask(command, **arguments)
        except DaemonUnreachableError as error:
            raise Gone from error


@contextmanager
def relay(installation: Installation) -> Iterator[RelayedHands]:
    """A client behind a relay of its own. Raises Gone where the daemon dies before it is connected."""
    with start_blocking_portal() as portal:
        context = portal.wrap_async_context_manager(installation.client("2026"))
        client: Client | None = None
        with broken():
            client = context.__enter__()
        if client is None:
            raise Gone
        try:
            yield RelayedHands(portal, client, installation)
        finally:
            with broken():
                context.__exit__(None, None, None)


@contextmanager
def broken() -> Iterator[None]:
    """Tolerates what a client raises whose relay has ended, alone or in a group."""
    try:
        yield
    except* _BROKEN:
        pass


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
def test_an_agent_releases_though_its_relays_break_again_and_again(new_trial: NewTrial) -> None:
    trial = new_trial()
    installation = Installation(trial.home, trial.project.root)

    def approve(_hands: Hands, _status: Status) -> bool:
        installation.approve()
        return True

    for script in SCRIPTS:
        trial.project.hold(script)
    moves: Moves = {**RELEASE, "AWAITING_APPROVAL": approve}
    relays = 0
    with ThreadPoolExecutor() as pool:
        killing = pool.submit(kill_in_each_script, trial.project, trial.home)
        done = False
        while not done:
            relays += 1
            with suppress(Gone), relay(installation) as hands:
                insist(hands, moves, at(State.IDLE, "0.1.0"))
                done = True
        killing.result()
    kill_daemon(trial.home)
    trial.end()
    assert relays > len(SCRIPTS)
