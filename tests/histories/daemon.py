"""One daemon of a history: the real engine on the real store, joined as `wiring.py` joins them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import anyio

from sentinel.adapters.git.worktree import working_policy
from sentinel.adapters.keys.approvers import ApproverFiles
from sentinel.adapters.store.store import SqlStore
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Project
from sentinel.core.release.retention import Retention
from sentinel.daemon_file import Console
from sentinel.engine.agents import Agents
from sentinel.engine.api import Api
from sentinel.engine.notifications import NotificationSender
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.reconciler import Reconciler
from sentinel.engine.runtime.runner import Runner
from sentinel.engine.runtime.watch import Hub
from sentinel.ports.world import World
from tests.histories.disk import DaemonProcess
from tests.histories.files import FakeArtifacts, FakeReserve, FakeWorkspace
from tests.histories.keys import FakeHistoryKeys
from tests.histories.outside import Outside
from tests.histories.repository import FakeCalendars, FakePolicies, FakeRepository
from tests.histories.scripts import FakeScripts, Machine, NoSecrets
from tests.histories.services import FakeNotifier, FakeServices

T = TypeVar("T")


class DaemonEnded(Exception):  # noqa: N818 - no error: daemons end and others start
    """The daemon ended in the middle of a call."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the front ends ask, and what its `run` keeps going."""

    agents: Agents
    api: Api
    hub: Hub
    notifications: NotificationSender
    reconciler: Reconciler

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            for part in (self.hub, self.notifications, self.reconciler):
                tasks.start_soon(part.run)


def join(store: SqlStore, outside: Outside, machine: Machine, process: DaemonProcess) -> Parts:
    hub = Hub(store, outside.clock)

    def repository(_project: Project, _policy: Policy) -> FakeRepository:
        return FakeRepository(outside, process)

    world = World(
        store=store,
        clock=outside.clock,
        repository=repository,
        scripts=FakeScripts(machine, process),
        secrets=NoSecrets(),
        artifacts=FakeArtifacts(outside, process),
        services=FakeServices(outside, process),
        approvers=ApproverFiles(Path("/approvers"), Console().relying_party),
        progress=hub,
        workspace=FakeWorkspace(Path("/operations"), outside),
        reserve=FakeReserve(),
        retention=Retention(),
        new_id=outside.new_id,
        trust="advisory",
        calendars=FakeCalendars(),
        policies=FakePolicies(),
        working_policy=working_policy,
        console=None,
        history_keys=FakeHistoryKeys(process),
    )
    projects = Projects(world, lambda directory: directory)
    return Parts(
        agents=Agents(world, projects, hub),
        api=Api(world, projects, hub),
        hub=hub,
        notifications=NotificationSender(store, FakeNotifier(outside, process)),
        reconciler=Reconciler(world, Runner(world, hub)),
    )


class Daemon:
    """From its start until it is stopped, or is killed with everything that it was about to do."""

    def __init__(self, outside: Outside, process: DaemonProcess, store: SqlStore, parts: Parts) -> None:
        self._outside = outside
        self.process = process
        self.store = store
        self.parts = parts
        self._work = asyncio.create_task(parts.run())
        self._calls: set[asyncio.Task[Any]] = set()

    async def call(self, request: Coroutine[Any, Any, T]) -> T:
        """As a front end serves it. Raises DaemonEnded where the daemon ends before it answers."""
        if self.process.ended:
            request.close()
            raise DaemonEnded
        task = asyncio.create_task(request)
        self._calls.add(task)
        await asyncio.wait([task])
        self._calls.discard(task)
        if task.cancelled():
            raise DaemonEnded
        if self.process.killed.is_set():
            task.exception()  # having asked keeps asyncio from reporting it
            raise DaemonEnded
        return task.result()

    async def stop(self) -> None:
        """As on SIGTERM: everything is cancelled, and may clean up."""
        await self._cancel()
        await self.store.close()
        self.process.end()

    async def kill(self) -> None:
        """As on SIGKILL: what it would still do has no effect."""
        self.process.end()
        for connection in self.process.connections:
            connection.stop()
        await self._cancel()

    async def _cancel(self) -> None:
        tasks = [self._work, *self._calls]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        if not self._work.cancelled() and self._work.exception() is not None and not self.process.ended:
            self._outside.find(f"the daemon ended: {self._work.exception()!r}")
