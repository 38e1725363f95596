"""`ReleaseStatus`, the one output model of every tool and of `sentinel status` (design 3.1)."""

from typing import Literal

from pydantic import AwareDatetime

from sentinel.core.catalog import Access, Lock, accesses
from sentinel.core.cause import ASKED, headed
from sentinel.core.frozen import Frozen
from sentinel.core.instant import Instant
from sentinel.core.leaving import why_left
from sentinel.core.next_steps import next_steps
from sentinel.core.release import (
    Approval,
    BlockedBy,
    Changes,
    Deployed,
    Operation,
    OperationKind,
    Outcome,
    Project,
    Release,
    RollbackPlan,
)
from sentinel.core.signed import rules_of
from sentinel.core.states import State

Trust = Literal["advisory", "separated"]


class ArtifactStatus(Frozen):
    name: str
    sha256: str
    revision: str | None


class ReleaseView(Frozen):
    id: str
    type: str
    version: str
    commit: str
    tag: str
    artifacts: tuple[ArtifactStatus, ...]
    soak_until: AwareDatetime | None
    changes: Changes


class ProductionView(Frozen):
    version: str
    commit: str
    deployed_at: AwareDatetime


class LockedView(Frozen):
    tool: str
    target: str | None
    reason: str
    unlocks_at: AwareDatetime | None
    remaining_seconds: int | None


class OperationView(Frozen):
    id: str
    kind: str
    status: str
    step: str
    started_at: AwareDatetime


class ApprovalView(Frozen):
    """The open question; `required` people must sign it (0: a phrase is enough), and `signed` are those who have."""

    id: str
    kind: str
    text: str
    url: str | None
    expires_at: AwareDatetime
    required: int
    signed: tuple[str, ...]


class ReleaseStatus(Frozen):
    """What every tool answers. Enums are open: expect values that this version does not know yet."""

    ok: bool
    state: str
    message: str
    trust: str
    sprint: str | None
    release: ReleaseView | None
    production: ProductionView | None
    blocked_by: tuple[BlockedBy, ...]
    locked: tuple[LockedView, ...]
    operation: OperationView | None
    approval: ApprovalView | None
    next: tuple[str, ...]


def status_of(
    project: Project,
    now: Instant,
    *,
    trust: Trust,
    ok: bool | None = None,
    message: str | None = None,
    blocked_by: tuple[BlockedBy, ...] | None = None,
) -> ReleaseStatus:
    """The status at `now`; `ok` and `message` are those of an answer, else the state speaks for itself."""
    last = _last_word(project)
    return ReleaseStatus(
        ok=ok if ok is not None else _stands_well(project),
        state=project.state,
        message=message if message is not None else state_sentence(project, now),
        trust=trust,
        sprint=project.sprint.name if project.sprint else None,
        release=_release(project.release),
        production=_production(project.production),
        blocked_by=blocked_by if blocked_by is not None else last.blocked_by if last else (),
        locked=tuple(_locked(row, row.lock) for row in accesses(project, now) if row.lock is not None),
        operation=_operation(project.operation),
        approval=_approval(project),
        next=next_steps(project, now),
    )


def _stands_well(project: Project) -> bool:
    """Not while Sentinel itself takes production back, nor while a person has to look at it."""
    plan = project.rollback
    return project.state is not State.HALTED and (plan is None or plan.cause in ASKED)


def state_sentence(project: Project, now: Instant) -> str:
    """The state in one sentence, with what runs and the countdown where there is one.

    What failed a release in production stands above it, in the words of the protocol.
    """
    operation = project.operation
    if operation is not None:
        step = f", at {operation.step}" if operation.step else ""
        running = f"{project.state}: {operation.kind} is running{step}."
        plan = project.rollback
        return headed(plan.cause, f"{running} {_left(plan)}") if plan is not None else running
    staged = project.release.staged if project.release else None
    if project.state is State.SOAKING and staged is not None and not staged.soak.is_over(now):
        return f"SOAKING: {staged.soak.violation(now)}"
    last = _last_word(project)
    if project.state is State.SOAKING and project.release is not None:
        refused = f" {last.message}" if last else ""
        return f"SOAKING: the soak is over, production is unlocked for {project.release.tag}.{refused}"
    if last is None:
        return f"{project.state}."
    said = last.message.removeprefix(headed(last.cause, "")) if last.cause is not None else last.message
    told = said if said.startswith(f"{project.state}:") else f"{project.state}. {said}"
    return headed(last.cause, told) if last.cause is not None else told


def _left(plan: RollbackPlan) -> str:
    target = plan.target.tag if plan.target else "nothing, for there is nothing to go back to"
    reason = why_left(plan).partition("\n")[0]
    return f"Production goes back from {plan.leaving.tag} to {target}: {reason}"


_K = OperationKind
_SPEAKS = {
    State.IDLE: {_K.DEPLOYMENT: "passed", _K.ROLLBACK: "passed refused"},
    State.ACTIVE: {_K.TESTS: "passed failed", _K.PREPARE: "failed refused", _K.ROLLBACK: "passed refused"},
    State.RELEASE_CANDIDATE: {_K.PREPARE: "passed", _K.STAGING: "failed", _K.ROLLBACK: "refused"},
    State.SOAKING: {_K.DEPLOYMENT: "failed refused", _K.ROLLBACK: "refused"},
    State.AWAITING_APPROVAL: {_K.PROMOTION: "passed", _K.DEPLOYMENT: "failed"},
    State.HALTED: {_K.ROLLBACK: "failed", _K.DEPLOYMENT: "failed"},
}
"""By state, the operations whose end still holds there, and which ends; an abandoned release is a refused one."""


def _last_word(project: Project) -> Outcome | None:
    """The last outcome, where it says how the present state came about and is one of the present sprint's."""
    last = project.outcomes[-1] if project.outcomes else None
    if last is None or _how(last) not in _SPEAKS.get(project.state, {}).get(last.kind, ""):
        return None
    earlier = project.sprint is not None and last.ended_at < project.sprint.started_at
    return None if earlier else last


def _how(outcome: Outcome) -> str:
    return "refused" if outcome.refused else "passed" if outcome.ok else "failed"


def _release(release: Release | None) -> ReleaseView | None:
    if release is None:
        return None
    artifacts = tuple(ArtifactStatus(name=a.name, sha256=a.sha256, revision=a.revision) for a in release.artifacts)
    return ReleaseView(
        id=release.id,
        type=release.bump,
        version=release.version,
        commit=release.commit,
        tag=release.tag,
        artifacts=artifacts,
        soak_until=release.staged.soak.until if release.staged else None,
        changes=release.changes,
    )


def _production(deployed: Deployed | None) -> ProductionView | None:
    if deployed is None:
        return None
    return ProductionView(version=deployed.version, commit=deployed.commit, deployed_at=deployed.deployed_at)


def _locked(row: Access, lock: Lock) -> LockedView:
    return LockedView(
        tool=row.tool,
        target=row.target,
        reason=lock.reason,
        unlocks_at=lock.unlocks_at,
        remaining_seconds=-int(-lock.remaining.total_seconds() // 1) if lock.remaining else None,
    )


def _operation(operation: Operation | None) -> OperationView | None:
    if operation is None:
        return None
    return OperationView(
        id=operation.id,
        kind=operation.kind,
        status="cancelling" if operation.cancel else "running",
        step=operation.step,
        started_at=operation.started.wall,
    )


def _approval(project: Project) -> ApprovalView | None:
    """The question that is open; a rollback's before a deployment's."""
    deployment = project.approval if project.approval and project.approval.claim is None else None
    approval: Approval | None = project.rollback_approval or deployment
    if approval is None:
        return None
    rules = rules_of(project, approval.kind)
    return ApprovalView(
        id=approval.id,
        kind=approval.kind,
        text=approval.text,
        url=None,
        expires_at=approval.expires_at,
        required=rules.required if rules.approvers is not None else 0,
        signed=tuple(signature.principal for signature in approval.signatures),
    )
