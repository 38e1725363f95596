"""How projects stand, and what requests come to: the reads that every front end shares. None contains a secret."""

from dataclasses import dataclass

from sentinel.core.release.model import BlockedBy, Operation, Outcome, Project
from sentinel.core.release.notices import question_page
from sentinel.core.tools.next_steps import WAIT_SECONDS, next_steps
from sentinel.core.tools.status import ReleaseStatus, status_of
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.times import Instant
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.transactions import load_project
from sentinel.engine.runtime.watch import Hub, Watching
from sentinel.errors.release import LockedToolError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """The status with the sentence that answers a request, and the operation to follow if one runs for it."""

    status: ReleaseStatus
    operation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a request has begun: an operation to follow, or a sentence if it is done already."""

    operation_id: str | None = None
    message: str | None = None


def locked(tx: Transaction, reason: str) -> LockedToolError:
    """The refusal of a request that the state does not allow, with the next step that it does allow."""
    return LockedToolError(reason=reason, instead=next_steps(tx.project, tx.now)[0])


class Statuses:
    """Reads projects for front ends."""

    def __init__(self, world: World, projects: Projects, hub: Hub) -> None:
        self._world = world
        self.open_project = projects.open
        self.watch: Watching = hub.watch
        self.mask = world.secrets.mask

    async def project(self, project_id: str) -> tuple[Project, Instant]:
        """The stored project and the time. Quick: one read."""
        return await load_project(self._world, project_id), self._world.clock.now()

    async def status(self, project_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        """The status; its next steps wait for `wait` seconds."""
        return await self._status(project_id, wait=wait)

    async def _status(
        self,
        project_id: str,
        *,
        ok: bool | None = None,
        message: str | None = None,
        blocked_by: tuple[BlockedBy, ...] | None = None,
        fix: str = "",
        wait: int = WAIT_SECONDS,
    ) -> ReleaseStatus:
        project = self._with_progress(await load_project(self._world, project_id))
        status = status_of(
            project,
            self._world.clock.now(),
            trust=self._world.trust,
            ok=ok,
            message=message,
            blocked_by=blocked_by,
            fix=fix,
            wait=wait,
        )
        return without_secrets(self._with_page(status, project_id), self._world.secrets.mask)

    def _with_page(self, status: ReleaseStatus, project_id: str) -> ReleaseStatus:
        """With the address of the question's page, if the console has an address."""
        asked, console = status.approval, self._world.console
        if asked is None or console is None:
            return status
        shown = asked.model_copy(update={"url": f"{console}{question_page(project_id)}"})
        return status.model_copy(update={"approval": shown})

    async def answer(
        self,
        project_id: str,
        message: str | None,
        *,
        ok: bool = True,
        operation_id: str | None = None,
        fix: str = "",
        wait: int = WAIT_SECONDS,
    ) -> Answer:
        return Answer(await self._status(project_id, ok=ok, message=message, fix=fix, wait=wait), operation_id)

    async def outcome(self, project_id: str, operation_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus | None:
        """How an operation ended, as the status that answers its call; None while it runs or waits to start."""
        project = await load_project(self._world, project_id)
        if project.operation is not None and operation_id in _under_way(project.operation):
            return None
        ended = find_outcome(project, operation_id)
        if ended is None:
            return await self.status(project_id, wait=wait)
        ok = ended.ok or ended.asked == operation_id
        blocked_by = ended.blocked_by
        return await self._status(project_id, ok=ok, message=ended.message, blocked_by=blocked_by, wait=wait)

    def _with_progress(self, project: Project) -> Project:
        """With the progress of the running step."""
        operation, text = project.operation, self._world.progress.text(project.id)
        if operation is None or not text:
            return project
        return project.model_copy(
            update={"operation": operation.model_copy(update={"step": f"{operation.step} ({text})"})}
        )


def _under_way(operation: Operation) -> tuple[str, ...]:
    """The operation that runs, and the one that follows its cancellation."""
    return (operation.id, operation.cancel.following) if operation.cancel else (operation.id,)


def find_outcome(project: Project, operation_id: str) -> Outcome | None:
    """How the operation ended; `operation_id` may also be that of the request to end it."""
    found = (one for one in project.outcomes if operation_id in (one.operation_id, one.asked or one.operation_id))
    return next(found, None)
