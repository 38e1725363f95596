"""The engine's agents for agents over documents in memory: the real core decides, tests say what operations come to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sentinel.core.approval.content import question_content
from sentinel.core.approval.question import DEPLOY_PHRASE, ApprovalAnswer, check_claimable
from sentinel.core.audit.findings import Severity
from sentinel.core.release.lifecycle import (
    claim_approval,
    end,
    refuse_approval,
    staging_passed,
    start_sprint,
    start_staging,
)
from sentinel.core.release.model import (
    NOBODY,
    Claim,
    OperationKind,
    Project,
    Requester,
    Soak,
    SprintRecord,
    Staged,
)
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import (
    Deploy,
    PrepareRelease,
    PreviewRelease,
    Request,
    RunTests,
    StartSprint,
    Tool,
    access,
)
from sentinel.core.tools.next_steps import WAIT_SECONDS
from sentinel.core.tools.status import ReleaseStatus, status_of
from sentinel.core.values.times import Instant
from sentinel.engine.agents import Agents
from sentinel.engine.approvals import Question
from sentinel.engine.runtime.watch import ProjectWatch
from sentinel.engine.statuses import Answer
from sentinel.errors import SentinelError
from sentinel.errors.approval import NothingToApproveError
from sentinel.errors.policy import PolicyMissingError
from tests.front.mcp import documents

PROJECT = "shop-7f3a"
KINDS: dict[type[object], tuple[Tool, OperationKind]] = {
    RunTests: (Tool.RUN_TESTS, OperationKind.TESTS),
    PrepareRelease: (Tool.PREPARE_RELEASE, OperationKind.PREPARE),
}


class MemoryWatch(ProjectWatch):
    def __init__(self) -> None:
        self.changed = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), seconds)
            self.changed.clear()
            return True
        return False


SECRET = "pa55-of-memory"  # noqa: S105 - a stand-in


class MemoryAgents(Agents):
    def __init__(self) -> None:
        self.document = documents.idle()
        self.now = documents.NOON
        self.watches: set[MemoryWatch] = set()
        self.reports: list[tuple[Severity, str]] = []
        self.actors: list[str] = []
        self.requesters: list[Requester] = []
        self.phrases: list[str] = []
        self.fault: Exception | None = None
        self.wait = WAIT_SECONDS

    def become(self, document: Project) -> None:
        self.document = document
        self.wake()

    def advance(self, delta: timedelta) -> None:
        """Time alone; the real watch wakes at the end of a soak, too."""
        self.now = documents.later(self.now, delta)
        self.wake()

    def wake(self) -> None:
        for watch in self.watches:
            watch.changed.set()

    def finish(self, message: str, *, ok: bool = True) -> None:
        self.become(end(self.document, documents.ended(self.document, message, ok=ok)).project)

    def pass_staging(self) -> None:
        release = self.document.release
        assert release is not None
        staged = Staged(artifacts=release.artifacts, soak=Soak(started=self.now, length=documents.SOAK))
        self.become(staging_passed(self.document, staged, documents.ended(self.document, "Staging passed.")).project)

    async def open_project(self, directory: Path, claimed: str | None = None) -> str:
        assert claimed is None
        if not (directory / "sentinel.toml").exists():
            raise PolicyMissingError(path=directory)
        return PROJECT

    async def project(self, project_id: str) -> tuple[Project, Instant]:
        assert project_id == PROJECT
        if self.fault is not None:
            raise self.fault
        return self.document, self.now

    async def status(self, project_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        assert project_id == PROJECT
        if self.fault is not None:
            raise self.fault
        self.wait = wait
        return self._said()

    def _said(self, message: str | None = None, *, ok: bool = True) -> ReleaseStatus:
        return status_of(self.document, self.now, trust="advisory", ok=ok, message=message, wait=self.wait)

    async def preview(self, project_id: str, request: PreviewRelease, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        assert project_id == PROJECT
        self.wait = wait
        return self._said(f'prepare_release(type="{request.type}") would make v1.2.0.')

    async def request(
        self,
        project_id: str,
        request: Request,
        *,
        actor: str,
        requester: Requester = NOBODY,
        wait: int = WAIT_SECONDS,
    ) -> Answer:
        assert project_id == PROJECT
        self.wait = wait
        self.actors.append(actor)
        self.requesters.append(requester)
        tool, target = _tool_of(request)
        running = self.document.operation
        if running is not None and running.kind is KINDS.get(type(request), (None, None))[1]:
            return Answer(self._said(), running.id)
        if self.document.state is State.AWAITING_APPROVAL and target == "production":
            return Answer(self._said("v1.2.0 waits for a human's approval."))
        lock = access(self.document, self.now, tool, target).lock
        if lock is not None:
            return Answer(self._said(lock.reason, ok=False))
        return self._carry_out(request, actor)

    def _carry_out(self, request: Request, actor: str) -> Answer:
        if isinstance(request, StartSprint):
            sprint = SprintRecord(id="s1", name=request.name, started_at=self.now.wall)
            self.become(start_sprint(self.document, sprint, actor).project)
            return Answer(self._said(f"Sprint {request.name} has started."))
        if isinstance(request, Deploy) and request.target == "staging":
            operation = documents.operation(self.document, OperationKind.STAGING)
            self.become(start_staging(self.document, operation).project)
            return Answer(self._said(), operation.id)
        if isinstance(request, Deploy):
            promoting = documents.operating(self.document, OperationKind.PROMOTION)
            assert promoting.operation is not None
            self.become(documents.awaiting(promoting, self.now))
            return Answer(self._said(), promoting.operation.id)
        _, kind = KINDS[type(request)]
        self.become(documents.operating(self.document, kind))
        assert self.document.operation is not None
        return Answer(self._said(), self.document.operation.id)

    def mask(self, text: str) -> str:
        return text.replace(SECRET, "***")

    async def outcome(self, project_id: str, operation_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus | None:
        assert project_id == PROJECT
        self.wait = wait
        running = self.document.operation
        if running is not None and running.id == operation_id:
            return None
        found = next(outcome for outcome in self.document.outcomes if outcome.operation_id == operation_id)
        return self._said(found.message, ok=found.ok)

    @asynccontextmanager
    async def watch(self, project_id: str) -> AsyncIterator[MemoryWatch]:
        assert project_id == PROJECT
        watch = MemoryWatch()
        self.watches.add(watch)
        try:
            yield watch
        finally:
            self.watches.discard(watch)

    async def question(self, project_id: str) -> Question:
        assert project_id == PROJECT
        approval, release = self.document.approval, self.document.release
        if approval is None or approval.claim is not None or release is None:
            raise NothingToApproveError
        content = question_content(self.document, approval, (), now=self.now.wall, separated=False)
        assert content is not None
        return Question(
            project=PROJECT,
            name="shop",
            commit=release.commit,
            approval_id=approval.id,
            plan_digest=approval.plan_digest,
            kind=approval.kind,
            text=approval.text,
            phrase=DEPLOY_PHRASE,
            channels=release.policy.production.approval.channels,
            expires_in_seconds=max(0, int((approval.expires_at - self.now.wall).total_seconds())),
            document="{}",
            approvers=None,
            required=1,
            signed=(),
            content=content,
        )

    async def answer_question(self, project_id: str, given: ApprovalAnswer, *, actor: str) -> Answer:
        assert project_id == PROJECT
        self.phrases.append(given.phrase)
        asked, digest = self.document.approval, given.plan_digest
        try:
            check_claimable(self.document, asked, approval_id=given.approval_id, plan_digest=digest, now=self.now)
        except SentinelError as error:
            return Answer(self._said(str(error), ok=False))
        if given.phrase != DEPLOY_PHRASE:
            self.become(refuse_approval(self.document, actor, "refused", self.now.wall).project)
            return Answer(self._said("Not confirmed.", ok=False))
        operation = documents.operation(self.document, OperationKind.DEPLOYMENT)
        claim = Claim(by=actor, channel="elicitation", at=self.now.wall)
        self.become(claim_approval(self.document, claim, operation).project)
        return Answer(self._said(f"Approved by {actor}."))

    async def report(self, project_id: str, *, severity: Severity, rule: str, message: str) -> None:
        assert project_id == PROJECT
        assert message
        self.reports.append((severity, rule))

    async def report_refused(self, project_id: str, *, command: str, by: str) -> None:
        assert project_id == PROJECT
        assert by
        self.reports.append((Severity.HIGH, command))


def _tool_of(request: Request) -> tuple[Tool, str | None]:
    if isinstance(request, StartSprint):
        return Tool.START_SPRINT, None
    if isinstance(request, Deploy):
        return Tool.DEPLOY, request.target
    return KINDS[type(request)][0], None
