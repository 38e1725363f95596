"""Statuses and outcomes, as every front end gets them."""

from dataclasses import dataclass

from sentinel.core.release.model import BlockedBy, Operation, Outcome, Project
from sentinel.core.release.notices import question_page
from sentinel.core.tools.next_steps import WAIT_SECONDS
from sentinel.core.tools.status import ReleaseStatus, status_of
from sentinel.core.values.free_text import without_secrets
from sentinel.engine.projects import Projects
from sentinel.ports.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to: the status with its sentence, and the operation to follow if one is running for it."""

    status: ReleaseStatus
    operation_id: str | None = None


class Views:
    """Reads a project and says how it stands, without secrets."""

    def __init__(self, world: World, projects: Projects) -> None:
        self._world = world
        self._projects = projects

    async def status(
        self,
        project_id: str,
        *,
        ok: bool | None = None,
        message: str | None = None,
        blocked_by: tuple[BlockedBy, ...] | None = None,
        fix: str = "",
        wait: int = WAIT_SECONDS,
    ) -> ReleaseStatus:
        project = self._with_progress(await self._projects.load(project_id))
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
        """With the address of the question's page, where the console has one that people know."""
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
        return Answer(await self.status(project_id, ok=ok, message=message, fix=fix, wait=wait), operation_id)

    async def outcome(self, project_id: str, operation_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus | None:
        """How an operation ended; None while it runs or is still to come."""
        project = await self._projects.load(project_id)
        if project.operation is not None and operation_id in _under_way(project.operation):
            return None
        ended = find_outcome(project, operation_id)
        if ended is None:
            return await self.status(project_id, wait=wait)
        ok = ended.ok or ended.asked == operation_id
        blocked_by = ended.blocked_by
        return await self.status(project_id, ok=ok, message=ended.message, blocked_by=blocked_by, wait=wait)

    def _with_progress(self, project: Project) -> Project:
        """The running step with what it says of itself right now."""
        operation, text = project.operation, self._world.progress.text(project.id)
        if operation is None or not text:
            return project
        return project.model_copy(
            update={"operation": operation.model_copy(update={"step": f"{operation.step} ({text})"})}
        )


def _under_way(operation: Operation) -> tuple[str, ...]:
    """The operation that runs, and what ends it."""
    return (operation.id, operation.cancel.following) if operation.cancel else (operation.id,)


def find_outcome(project: Project, operation_id: str) -> Outcome | None:
    """How the operation ended; asked with the id of the request to end it, too."""
    found = (one for one in project.outcomes if operation_id in (one.operation_id, one.asked or one.operation_id))
    return next(found, None)
