"""The reconciler: starts the work that the stored state requires and nobody does."""

from contextlib import suppress

import anyio
import structlog
from anyio.abc import TaskGroup

from sentinel.core.approval.question import is_expired
from sentinel.core.release.invariants import MOVING
from sentinel.core.release.lifecycle import refuse_approval
from sentinel.core.release.model import Project
from sentinel.core.release.rollback import refuse_question
from sentinel.engine.runtime.runner import Runner
from sentinel.engine.runtime.transactions import transaction
from sentinel.errors import SentinelError
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

log = structlog.get_logger(__name__)

PERIOD_SECONDS = 1.0
"""How often it looks at every project, in case a notification was lost."""


class Reconciler:
    """Level-triggered: the same code runs at boot, after a crash, on a change and periodically."""

    def __init__(self, world: World, runner: Runner) -> None:
        self._world = world
        self._runner = runner
        self._running: set[str] = set()
        self._changed: set[str] = set()
        self._server = ""

    async def run(self) -> None:
        """Works until cancelled. Running scripts continue; the next daemon adopts them."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._periodically, tasks)
            async with self._world.store.changes() as changes:
                async for project_id in changes:
                    # The periodic look finds what changed while nobody listened.
                    if project_id is not None:
                        self._start(tasks, project_id)

    async def _periodically(self, tasks: TaskGroup) -> None:
        while True:
            try:
                await self._look_at_the_server(tasks)
                for project_id in await self._world.store.due(self._world.clock.now()):
                    self._start(tasks, project_id)
            except SentinelError as error:
                log.warning("cannot look for work", problem=error.what)
            await anyio.sleep(PERIOD_SECONDS)

    async def _look_at_the_server(self, tasks: TaskGroup) -> None:
        """After a failover, also looks at the projects of which nothing runs, one after the other."""
        server = await self._world.store.server()
        if server and server != self._server:
            self._server = server
            tasks.start_soon(self._hold_all, server)

    async def _hold_all(self, server: str) -> None:
        try:
            for project_id in await self._world.store.on_other_servers(server):
                await self._hold(project_id)
        except SentinelError as error:
            self._server = ""
            log.warning("cannot look at the projects on another database server", problem=error.what)

    async def _hold(self, project_id: str) -> None:
        """A project that cannot be checked now is checked when an operation starts."""
        try:
            await self._runner.compare_history(project_id)
        except StoreUnavailableError:
            raise
        except SentinelError as error:
            log.warning("the history was not compared with the release tags", project=project_id, problem=error.what)

    def _start(self, tasks: TaskGroup, project_id: str) -> None:
        if project_id in self._running:
            self._changed.add(project_id)
            return
        self._running.add(project_id)
        tasks.start_soon(self._reconcile, project_id)

    async def _reconcile(self, project_id: str) -> None:
        """Runs again if something changed meanwhile: the runner may not have seen it."""
        try:
            self._changed.add(project_id)
            while project_id in self._changed:
                self._changed.discard(project_id)
                await self._expire(project_id)
                await self._runner.run(project_id)
        except StoreUnavailableError as error:
            log.warning("the project waits", project=project_id, problem=error.what)
            await self._make_room(project_id)
        except SentinelError as error:
            log.warning("the project waits", project=project_id, problem=error.what)
        except Exception:
            log.exception("the project could not be reconciled", project=project_id)
        finally:
            self._running.discard(project_id)

    async def _make_room(self, project_id: str) -> None:
        """Frees the reserved space if production is being changed: a rollback must not depend on a full disk."""
        with suppress(SentinelError):
            snapshot = await self._world.store.load(project_id)
            if snapshot is not None and snapshot.project.state in MOVING:
                self._world.reserve.release()

    async def _expire(self, project_id: str) -> None:
        snapshot = await self._world.store.load(project_id)
        if snapshot is None or not _expired(snapshot.project, self._world):
            return
        async with transaction(self._world, project_id) as tx:
            _expire_approval(tx)
            _expire_rollback_question(tx)


def _expired(project: Project, world: World) -> bool:
    now = world.clock.now()
    asked = (project.approval, project.rollback_approval)
    return any(approval and approval.claim is None and is_expired(approval, now) for approval in asked)


def _expire_approval(tx: Transaction) -> None:
    approval = tx.project.approval
    if approval is not None and approval.claim is None and is_expired(approval, tx.now):
        tx.apply(refuse_approval(tx.project, "sentinel", "The approval has expired; the soak is kept.", tx.now.wall))


def _expire_rollback_question(tx: Transaction) -> None:
    approval = tx.project.rollback_approval
    if approval is not None and is_expired(approval, tx.now):
        tx.apply(refuse_question(tx.project, "sentinel", "The rollback's approval has expired.", tx.now.wall))
