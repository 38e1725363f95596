"""What agents may ask of the engine: every request is checked against the stored state again."""

from functools import partial
from weakref import WeakValueDictionary

import anyio
from pydantic import JsonValue

from sentinel.core.approval.question import ApprovalAnswer, ask_approval
from sentinel.core.audit.findings import EVERY_SESSION, Severity, locked_call_severity, recent_calls
from sentinel.core.candidate.preview import preview_text
from sentinel.core.release.change import update
from sentinel.core.release.holding import UNHOLD, held_sentence, set_hold
from sentinel.core.release.lifecycle import begin, start_sprint, start_staging
from sentinel.core.release.model import (
    NOBODY,
    Hold,
    Operation,
    OperationKind,
    Release,
    Requester,
    SprintRecord,
)
from sentinel.core.release.rollback import IN_PRODUCTION, ask, plan_rollback
from sentinel.core.release.states import Cause, State
from sentinel.core.tools.catalog import (
    AbandonRelease,
    Deploy,
    EmergencyRollback,
    HoldRelease,
    PrepareRelease,
    PreviewRelease,
    Request,
    RunTests,
    StartSprint,
    Tool,
    access,
)
from sentinel.core.tools.next_steps import WAIT_SECONDS, next_steps
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.printable import printable
from sentinel.engine.approvals import Question, approve, read_question
from sentinel.engine.candidate import preview_release
from sentinel.engine.operations.cancellation import give_up, remove_tag
from sentinel.engine.operations.rollback import begin_rollback
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import record_finding, transaction, with_reserve
from sentinel.engine.runtime.watch import Hub
from sentinel.engine.statuses import Answer, Begun, Statuses, locked
from sentinel.errors import SentinelError
from sentinel.errors.release import LockedToolError, NothingToLeaveError, VersionRequiredError, WrongVersionError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

GUARD_RULE = "command-outside-sentinel"
OPEN_LIMIT = 50
"""Open findings of the guard in a project: more of them would tell a person nothing new."""


class Agents(Statuses):
    """Answers the MCP front. A refusal is an answer whose status is not ok, never an exception; SentinelError is raised
    only without a project to speak of (no repository, broken sentinel.toml, no store)."""

    def __init__(self, world: World, projects: Projects, hub: Hub) -> None:
        super().__init__(world, projects, hub)
        self._previews: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def request(
        self,
        project_id: str,
        request: Request,
        *,
        actor: str,
        requester: Requester = NOBODY,
        wait: int = WAIT_SECONDS,
    ) -> Answer:
        """Checks and carries out, or starts, what an agent asks for; an identical repeated request follows the same
        operation. Returns at once: operations continue, whatever happens to the caller."""
        ask = partial(self._ask, project_id, without_secrets(request, self.mask), actor, requester, wait)
        return await with_reserve(self._world, ask) if isinstance(request, EmergencyRollback) else await ask()

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
            after = tx.project
        if refusal is not None:
            fix = "" if refusal.fix in steps else refusal.fix
            return await self.answer(project_id, refusal.what, ok=False, fix=fix, wait=wait)
        await remove_tag(self._world, before, after)
        return await self.answer(project_id, begun.message, operation_id=begun.operation_id, wait=wait)

    async def preview(self, project_id: str, request: PreviewRelease, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        """What `prepare_release` would do now, as the status that answers the call. Changes nothing; one at a time in
        each project."""
        project, now = await self.project(project_id)
        try:
            if (lock := access(project, now, Tool.PREVIEW_RELEASE).lock) is not None:
                raise LockedToolError(reason=lock.reason, instead=next_steps(project, now)[0])
            async with self._previews.setdefault(project_id, anyio.Lock()):
                found = await preview_release(self._world, project, request.type)
        except SentinelError as error:
            return await self._status(project_id, ok=False, message=error.what, fix=error.fix, wait=wait)
        said, blocked_by = preview_text(found), found.blocked_by
        return await self._status(project_id, ok=True, message=said, blocked_by=blocked_by, wait=wait)

    async def question(self, project_id: str) -> Question:
        """The open question, for the elicitation channel."""
        return without_secrets(await read_question(self._world, project_id), self.mask)

    async def answer_question(self, project_id: str, given: ApprovalAnswer, *, actor: str) -> Answer:
        """An answer by elicitation, checked like every approval; refused if the policy lacks the channel."""
        try:
            begun = await approve(self._world, project_id, given, by=actor)
        except SentinelError as error:
            return await self.answer(project_id, error.what, ok=False, fix=error.fix)
        return await self.answer(project_id, begun.message, operation_id=begun.operation_id)

    async def report(self, project_id: str, *, severity: Severity, rule: str, message: str) -> None:
        """Records a finding of the front, such as an elicitation answer without a question."""
        async with transaction(self._world, project_id) as tx:
            await record_finding(tx, severity, rule, message)

    async def report_refused(self, project_id: str, *, command: str, by: str) -> None:
        """Records that the guard refused `command`: a high finding until a person resolves it. The same command is
        recorded once, and at most `OPEN_LIMIT` in all."""
        message = self.mask(f"The guard refused {by} the command `{printable(command)}`.")
        known = await self._world.store.findings(project_id, session=EVERY_SESSION, open_only=True)
        refused = [one.finding.message for one in known if one.finding.rule == GUARD_RULE]
        if message in refused or len(refused) >= OPEN_LIMIT:
            return
        async with transaction(self._world, project_id) as tx:
            await record_finding(tx, Severity.HIGH, GUARD_RULE, message, session=EVERY_SESSION)


async def _record_locked_call(tx: Transaction, request: Request, error: SentinelError, actor: str) -> None:
    """A call of the locked production deployment is a low finding; the third within a minute is a high one."""
    if not (isinstance(error, LockedToolError) and isinstance(request, Deploy) and request.target == "production"):
        return
    calls = recent_calls(tx.project.locked_calls, tx.now.wall)
    summary = f"{actor} called the locked production deployment: {error.what}"
    tx.apply(update(tx.project, "call.locked", actor, summary, {"locked_calls": calls}))
    await record_finding(tx, locked_call_severity(calls), "locked-production-deploy", summary)


REQUESTED = frozenset({State.AWAITING_APPROVAL, State.DEPLOYING, State.VERIFYING, State.ARCHIVED})
"""States in which the candidate's deployment to production was already requested."""


def begin_request(world: World, tx: Transaction, request: Request, actor: str, requester: Requester = NOBODY) -> Begun:
    """Raises LockedToolError if the state does not allow it. An identical repeated request begins nothing new."""
    match request:
        case StartSprint(name=name):
            return _start_sprint(world, tx, name, actor)
        case RunTests():
            return _start(world, tx, Tool.RUN_TESTS, OperationKind.TESTS, {}, actor)
        case PrepareRelease(type=kind):
            return _start(world, tx, Tool.PREPARE_RELEASE, OperationKind.PREPARE, {"type": kind}, actor)
        case Deploy(target=target, version=version):
            deploy = _deploy_to_staging if target == "staging" else _deploy_to_production
            return deploy(world, tx, version, actor, requester)
        case EmergencyRollback(reason=reason):
            return _emergency_rollback(world, tx, reason, actor, requester)
        case AbandonRelease(reason=reason):
            return _abandon(world, tx, reason, actor)
        case HoldRelease(reason=reason):
            return hold(tx, reason, actor)


def require(tx: Transaction, tool: Tool, target: str | None = None) -> None:
    """Raises LockedToolError with the lock's reason."""
    lock = access(tx.project, tx.now, tool, target).lock
    if lock is not None:
        raise locked(tx, lock.reason)


def _running(tx: Transaction, kind: OperationKind, arguments: dict[str, JsonValue]) -> Operation | None:
    """The operation that an identical earlier request has begun."""
    operation = tx.project.operation
    same = operation is not None and operation.kind is kind and operation.arguments == arguments
    return operation if same else None


def _start(
    world: World, tx: Transaction, tool: Tool, kind: OperationKind, arguments: dict[str, JsonValue], actor: str
) -> Begun:
    running = _running(tx, kind, arguments)
    if running is not None:
        return Begun(running.id)
    require(tx, tool)
    if tx.project.operation is not None:
        raise LockedToolError(reason=f"The operation {kind} is running with other arguments.", instead="Wait for it.")
    operation = new_operation(world, tx, kind, actor, arguments)
    tx.apply(begin(tx.project, operation))
    return Begun(operation.id)


def _start_sprint(world: World, tx: Transaction, name: str, actor: str) -> Begun:
    require(tx, Tool.START_SPRINT)
    sprint = SprintRecord(id=world.new_id(), name=name, started_at=tx.now.wall)
    tx.apply(start_sprint(tx.project, sprint, actor))
    return Begun(message=f"Sprint {name} has started.")


def _deploy_to_staging(world: World, tx: Transaction, version: str | None, actor: str, _requester: Requester) -> Begun:
    running = _running(tx, OperationKind.STAGING, {})
    if running is None:
        require(tx, Tool.DEPLOY, "staging")
    release = tx.project.release
    if release is not None and version is not None and version not in _names(release):
        raise WrongVersionError(found=version, expected=release.tag, call='deploy(target="staging")')
    if running is not None:
        return Begun(running.id)
    operation = new_operation(world, tx, OperationKind.STAGING, actor)
    tx.apply(start_staging(tx.project, operation))
    return Begun(operation.id)


def _deploy_to_production(
    world: World, tx: Transaction, version: str | None, actor: str, requester: Requester
) -> Begun:
    release = tx.project.release
    if release is not None and tx.project.state in REQUESTED and version in _names(release):
        return _already_requested(tx, release)
    running = _running(tx, OperationKind.PROMOTION, {})
    if running is None:
        require(tx, Tool.DEPLOY, "production")
    if release is not None and version is None:
        raise VersionRequiredError(expected=release.tag)
    if release is not None and version not in _names(release):
        call = f'deploy(target="production", version="{release.tag}")'
        raise WrongVersionError(found=version, expected=release.tag, call=call)
    if running is not None:
        return Begun(running.id)
    operation = new_operation(world, tx, OperationKind.PROMOTION, actor, requester=requester)
    tx.apply(begin(tx.project, operation))
    return Begun(operation.id)


def _names(release: Release) -> tuple[str, ...]:
    return (release.tag, release.version, f"v{release.version}")


def _already_requested(tx: Transaction, release: Release) -> Begun:
    if tx.project.operation is not None:
        return Begun(tx.project.operation.id)
    return Begun(message=f"{release.tag} waits for a human's approval: a person runs `sentinel approve`.")


def _emergency_rollback(world: World, tx: Transaction, reason: str, actor: str, requester: Requester) -> Begun:
    """Acts at once while the candidate is in production. In other states it waits for a human's approval."""
    project = tx.project
    if project.state is State.ROLLING_BACK and project.operation is not None:
        return Begun(project.operation.id)
    require(tx, Tool.EMERGENCY_ROLLBACK)
    if project.state in IN_PRODUCTION:
        return Begun(begin_rollback(world, tx, reason, actor=actor))
    message = "The rollback waits for a human's approval: a person runs `sentinel approve`."
    if project.rollback_approval is not None:
        return Begun(message=message)
    plan = plan_rollback(project, reason=reason, cause=Cause.AGENT, now=tx.now.wall)
    if plan is None:
        raise NothingToLeaveError
    approval = ask_approval(
        project,
        plan,
        id=world.new_id(),
        nonce=world.new_id(),
        now=tx.now,
        requester=requester,
        asked_by=actor,
    )
    tx.apply(ask(project, plan, approval, actor))
    return Begun(message=message)


def hold(tx: Transaction, reason: str, actor: str) -> Begun:
    """The first reason stands until a person ends the hold: a second one changes nothing."""
    if tx.project.hold is None:
        tx.apply(set_hold(tx.project, Hold(reason=reason, by=actor, at=tx.now.wall)))
        running = f" The running {tx.project.operation.kind} is not interrupted." if tx.project.operation else ""
        return Begun(message=f"Releases are on hold: nothing starts but a rollback.{running} {UNHOLD}")
    return Begun(message=f"{held_sentence(tx.project.hold)} {UNHOLD}")


def _abandon(world: World, tx: Transaction, reason: str, actor: str) -> Begun:
    """In ACTIVE and STAGING only the operation ends; a candidate that was being staged stays."""
    require(tx, Tool.ABANDON_RELEASE)
    only_operation = tx.project.state in (State.ACTIVE, State.STAGING)
    return give_up(world, tx, reason, actor, "stop" if only_operation else "abandon")
