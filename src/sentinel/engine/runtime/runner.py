"""Runs a project's operation from the step that its journal has reached, until it ends, is cancelled or taken over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import structlog

from sentinel.core.audit.findings import Severity
from sentinel.core.release.lifecycle import take_up
from sentinel.core.release.model import Cancel, Operation, OperationKind, Project
from sentinel.core.release.states import Cause, Event, asked_by
from sentinel.engine.history import compare_on_new_server, halt
from sentinel.engine.operations import adoption, deployment, prepare, promotion, rollback, staging, tests
from sentinel.engine.operations.cancellation import remove_tag, stop, stop_and_give_up
from sentinel.engine.operations.rollback import roll_back
from sentinel.engine.runtime.retention import remove_expired
from sentinel.engine.runtime.run import Failure, OperationCancelled, Run, cause_of
from sentinel.engine.runtime.transactions import record_finding, transaction
from sentinel.engine.runtime.watch import Hub
from sentinel.errors import SentinelError, TamperingError
from sentinel.errors.grouped import unwrapped
from sentinel.errors.history import OlderHistoryError
from sentinel.errors.store import FencedError, StoreUnavailableError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Procedure:
    """An operation as two functions: what it does, and how the project changes when that fails."""

    execute: Callable[[Run], Awaitable[None]]
    fail: Callable[[World, Transaction, Operation, Failure], None]


PROCEDURES = {
    OperationKind.TESTS: Procedure(tests.execute, tests.fail),
    OperationKind.PREPARE: Procedure(prepare.execute, prepare.fail),
    OperationKind.STAGING: Procedure(staging.execute, staging.fail),
    OperationKind.PROMOTION: Procedure(promotion.execute, promotion.fail),
    OperationKind.DEPLOYMENT: Procedure(deployment.execute, deployment.fail),
    OperationKind.ROLLBACK: Procedure(rollback.execute, rollback.fail),
    OperationKind.ADOPTION: Procedure(adoption.execute, adoption.fail),
}


class Runner:
    """Keeps no state between operations: what it needs is in the store."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub

    async def run(self, project_id: str) -> None:
        """Runs the project's operations one after another, under its lease, until none is left.

        Raises StoreUnavailableError; the reconciler then tries again.
        """
        if await self._operation(project_id) is None:
            return
        async with self._world.store.lease(project_id) as held:
            if held:
                await compare_on_new_server(self._world, project_id)
            while held and (operation := await self._operation(project_id)) is not None:
                if operation.kind is OperationKind.ROLLBACK:
                    self._world.reserve.release()
                try:
                    if (taken := await self._take_up(project_id)) is not None:
                        await self._run(Run(self._world, project_id, taken))
                except FencedError:
                    log.info("operation taken over", project=project_id, operation=operation.id)
                self._world.reserve.restore()
                if await self._operation(project_id) is None:  # a rollback that follows must not wait for this
                    await remove_expired(self._world, project_id)

    async def compare_history(self, project_id: str) -> None:
        """For a project of which nothing runs. Raises what `compare_on_new_server` raises."""
        async with self._world.store.lease(project_id) as held:
            if held:
                await compare_on_new_server(self._world, project_id)

    async def _operation(self, project_id: str) -> Operation | None:
        snapshot = await self._world.store.load(project_id)
        return snapshot.project.operation if snapshot else None

    async def _take_up(self, project_id: str) -> Operation | None:
        """The operation with a new fencing number: a runner that had it before can write nothing more."""
        async with transaction(self._world, project_id) as tx:
            if tx.project.operation is not None:
                tx.apply(take_up(tx.project))
            return tx.project.operation

    async def _run(self, run: Run) -> None:
        failure: Failure | None = None
        contradiction: str | None = None
        cancelled = False
        asked = anyio.CancelScope()
        with unwrapped():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._cancel_when_asked, run, asked)
                with asked:
                    try:
                        failure = await _attempt(run)
                    except OlderHistoryError as error:
                        contradiction = error.contradiction
                    except OperationCancelled:
                        cancelled = True
                tasks.cancel_scope.cancel()
        if contradiction is not None:
            await halt(self._world, run.project_id, contradiction)
        elif cancelled or asked.cancelled_caught:
            await self._cancel(run)
        elif failure is not None:
            await self._fail(run, failure)

    async def _cancel_when_asked(self, run: Run, asked: anyio.CancelScope) -> None:
        async with self._hub.watch(run.project_id) as watch:
            while True:
                operation = await self._operation(run.project_id)
                if operation is None or operation.id != run.operation.id:
                    return
                if operation.cancel is not None:
                    asked.cancel()
                    return
                await watch.wait(3600)

    async def _fail(self, run: Run, failure: Failure) -> None:
        """Ends what was started first. If the operation is asked to end at this moment, that counts instead."""
        await self._world.scripts.cancel_under(run.folder)
        try:
            async with run.transaction() as tx:
                PROCEDURES[run.operation.kind].fail(self._world, tx, run.operation, failure)
        except OperationCancelled:
            await self._cancel(run)

    async def _cancel(self, run: Run) -> None:
        """Ends all processes that were started first; then the state changes as the request says."""
        await self._world.scripts.cancel_under(run.folder)
        async with transaction(self._world, run.project_id, fence=run.operation.fence) as tx:
            before, operation = tx.project, tx.project.operation
            if operation is not None and operation.cancel is not None:
                _FOLLOW[operation.cancel.then](self._world, tx, operation, operation.cancel)
            after = tx.project
        await remove_tag(self._world, before, after)


async def _attempt(run: Run) -> Failure | None:
    """None if the procedure reached its end, else why it did not."""
    try:
        await learn_files(run.world, await run.project())
        await PROCEDURES[run.operation.kind].execute(run)
    except (FencedError, StoreUnavailableError, OlderHistoryError, OperationCancelled):
        raise
    except SentinelError as error:
        if isinstance(error, TamperingError):
            await _record(run, error)
        return Failure(str(error), cause_of(error), error.fix)
    except Exception:
        log.exception("operation failed", project=run.project_id, operation=run.operation.id)
        message = f"Sentinel itself failed (operation {run.operation.id}). The daemon's log has the details."
        return Failure(message, Cause.INTERNAL_FAULT)
    return None


async def _record(run: Run, error: TamperingError) -> None:
    """A tampered tag or artifact is a high finding, which also blocks the next release."""
    async with run.transaction() as tx:
        await record_finding(tx, Severity.HIGH, error.rule(), error.what)


async def learn_files(world: World, project: Project) -> None:
    """From here on, masks what is in the files that the project's commands get, by each policy that is in use."""
    owners = (project.pin, project.release, project.rollback.leaving if project.rollback else None)
    for owner in owners:
        if owner is not None and owner.policy is not None:
            await world.secrets.learn_files(owner.policy)


async def learn_all_files(world: World) -> None:
    """The same for every project, when the daemon starts."""
    try:
        for project in await world.store.projects_with_files():
            await learn_files(world, project)
    except SentinelError as error:
        log.warning("environment files not read", problem=error.what)


def _roll_back(world: World, tx: Transaction, _operation: Operation, cancel: Cancel) -> None:
    why = Failure(cancel.reason, asked_by(cancel.by))
    roll_back(world, tx, Event.ROLLBACK_STARTED, why, actor=cancel.by, id=cancel.following)


_FOLLOW: dict[str, Callable[[World, Transaction, Operation, Cancel], None]] = {
    "stop": stop,
    "abandon": stop_and_give_up,
    "rollback": _roll_back,
}
