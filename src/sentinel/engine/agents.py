"""The engine's face for agents: every request is checked against the persisted state again."""

from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import anyio

from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.audit.findings import Severity, locked_call_severity, recent_calls
from sentinel.core.candidate.preview import preview_text
from sentinel.core.release.change import update
from sentinel.core.release.model import NOBODY, Project, Requester
from sentinel.core.tools.catalog import Tool, access
from sentinel.core.tools.next_steps import WAIT_SECONDS, next_steps
from sentinel.core.tools.requests import Deploy, EmergencyRollback, PreviewRelease, Request
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.instant import Instant
from sentinel.engine.approvals import Approvals, Question
from sentinel.engine.findings import record_finding, report_refused
from sentinel.engine.operations.cancellation import remove_tag
from sentinel.engine.preview import preview_release
from sentinel.engine.projects import Projects
from sentinel.engine.requests import Begun, begin_request
from sentinel.engine.runtime.transactions import transaction, with_reserve
from sentinel.engine.runtime.watch import Hub, ProjectWatch
from sentinel.engine.statuses import Answer, Views
from sentinel.errors import SentinelError
from sentinel.errors.release import LockedToolError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


class Agents:
    """What the MCP front talks to."""

    def __init__(self, world: World, projects: Projects, views: Views, approvals: Approvals, hub: Hub) -> None:
        self._world = world
        self._projects = projects
        self._views = views
        self._approvals = approvals
        self._hub = hub
        self._previews: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def open_project(self, directory: Path, claimed: str | None = None) -> str:
        return await self._projects.open(directory, claimed)

    async def project(self, project_id: str) -> tuple[Project, Instant]:
        return await self._projects.load(project_id), self._world.clock.now()

    async def status(self, project_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        return await self._views.status(project_id, wait=wait)

    async def outcome(self, project_id: str, operation_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus | None:
        return await self._views.outcome(project_id, operation_id, wait=wait)

    def watch(self, project_id: str) -> AbstractAsyncContextManager[ProjectWatch]:
        return self._hub.watch(project_id)

    async def question(self, project_id: str) -> Question:
        return without_secrets(await self._approvals.question(project_id), self._world.secrets.mask)

    async def request(
        self,
        project_id: str,
        request: Request,
        *,
        actor: str,
        requester: Requester = NOBODY,
        wait: int = WAIT_SECONDS,
    ) -> Answer:
        """Checks and starts what is asked for; a refusal is an answer that is not ok."""
        ask = partial(self._ask, project_id, without_secrets(request, self._world.secrets.mask), actor, requester, wait)
        return await with_reserve(self._world, ask) if isinstance(request, EmergencyRollback) else await ask()

    async def preview(self, project_id: str, request: PreviewRelease, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        """Reads the repository, and changes nothing; one at a time in a project."""
        project, now = await self.project(project_id)
        try:
            if (lock := access(project, now, Tool.PREVIEW_RELEASE).lock) is not None:
                raise LockedToolError(reason=lock.reason, instead=next_steps(project, now)[0])
            async with self._previews[project_id]:
                found = await preview_release(self._world, project, request.type)
        except SentinelError as error:
            return await self._views.status(project_id, ok=False, message=error.what, fix=error.fix, wait=wait)
        said, blocked_by = preview_text(found), found.blocked_by
        return await self._views.status(project_id, ok=True, message=said, blocked_by=blocked_by, wait=wait)

    async def _ask(self, project_id: str, request: Request, actor: str, requester: Requester, wait: int) -> Answer:
        refusal: SentinelError | None = None
        steps: tuple[str, ...] = ()
        begun = Begun()
        async with transaction(self._world, project_id) as tx:
            before = tx.project
            try:
                begun = begin_request(self._world, tx, request, actor, requester)
            except SentinelError as error:
                refusal, steps = error, next_steps(tx.project, tx.now)
                await _record_locked_call(tx, request, error, actor)
            abandoned = before.release is not None and tx.project.release is None
        if refusal is not None:
            fix = "" if refusal.fix in steps else refusal.fix
            return await self._views.answer(project_id, refusal.what, ok=False, fix=fix, wait=wait)
        if abandoned:
            await remove_tag(self._world, before)
        return await self._views.answer(project_id, begun.message, operation_id=begun.operation_id, wait=wait)

    async def answer_question(self, project_id: str, given: ApprovalAnswer, *, actor: str) -> Answer:
        """An elicitation's answer, checked like every approval."""
        try:
            return await self._approvals.approve(project_id, given, by=actor)
        except SentinelError as error:
            return await self._views.answer(project_id, error.what, ok=False, fix=error.fix)

    def mask(self, text: str) -> str:
        return self._world.secrets.mask(text)

    async def report(self, project_id: str, *, severity: Severity, rule: str, message: str) -> None:
        async with transaction(self._world, project_id) as tx:
            await record_finding(tx, severity, rule, message)

    async def report_refused(self, project_id: str, *, command: str, by: str) -> None:
        await report_refused(self._world, project_id, command=command, by=by)


async def _record_locked_call(tx: Transaction, request: Request, error: SentinelError, actor: str) -> None:
    """A call of a locked production deploy is a finding: low, and high at the third within a minute."""
    locked = isinstance(error, LockedToolError)
    if not (locked and isinstance(request, Deploy) and request.target == "production"):
        return
    calls = recent_calls(tx.project.locked_calls, tx.now.wall)
    summary = f"{actor} called the locked production deployment: {error.what}"
    tx.apply(update(tx.project, "call.locked", actor, summary, {"locked_calls": calls}))
    await record_finding(tx, locked_call_severity(calls), "locked-production-deploy", summary)
