"""The steps of a release: one pure function for each transition, from a project to a decided change."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import JsonValue

from sentinel.core.release.change import Change, transition, update
from sentinel.core.release.holding import require_no_hold, require_open
from sentinel.core.release.model import (
    Approval,
    Claim,
    Deployed,
    Evidence,
    Operation,
    OperationKind,
    Outcome,
    Project,
    Release,
    SprintRecord,
    Staged,
)
from sentinel.core.release.states import Event, State
from sentinel.core.values.times import Instant
from sentinel.errors.release import InvariantBrokenError

OUTCOMES_KEPT = 5
"""How many outcomes the document keeps for callers that still wait for one."""
LINEAGE_KEPT = 50
"""How many archived releases the document keeps, the newest last."""


def start_sprint(project: Project, sprint: SprintRecord, actor: str) -> Change:
    """Each sprint is a session of its own: tests of an earlier sprint do not count.

    The store counts the findings of each session.
    """
    fields = {"sprint": sprint, "evidence": None, "locked_calls": ()}
    return transition(project, Event.SPRINT_STARTED, actor, f"sprint {sprint.name} started", fields, sprint=sprint.id)


def close_sprint(project: Project, actor: str) -> Change:
    """An open hotfix ends with the sprint."""
    fields = {"sprint": None, "evidence": None, "hotfix": None}
    return transition(project, Event.SPRINT_CLOSED, actor, "sprint closed", fields)


def with_operation(project: Project, operation: Operation, ended: Outcome | None = None) -> dict[str, object]:
    """The fields that start `operation`; `ended` is the outcome of the one that ran.

    Its fence is higher than that of every earlier runner. Raises InvariantBrokenError.
    """
    if ended is None and project.operation is not None:
        raise InvariantBrokenError(invariant="one operation per project at a time")
    if operation.fence <= project.fence:
        raise InvariantBrokenError(invariant="a fencing number is never used again")
    before = with_outcome(project, ended) if ended else {}
    return {**before, "operation": operation, "fence": operation.fence}


def begin(project: Project, operation: Operation) -> Change:
    """Starts an operation without leaving the state: tests, prepare, promotion or adoption."""
    if operation.kind is not OperationKind.ADOPTION:
        require_no_hold(project)
    summary = f"{operation.kind} started"
    return update(project, "operation.started", operation.requested_by, summary, with_operation(project, operation))


def take_up(project: Project) -> Change:
    """A runner takes over the running operation.

    Its fence is higher, so a runner that was thought dead can write no more.
    """
    operation = project.operation
    if operation is None:
        raise InvariantBrokenError(invariant="only a running operation is taken up")
    taken = operation.model_copy(update={"fence": project.fence + 1})
    fields = {"operation": taken, "fence": taken.fence}
    summary = f"{operation.kind} is taken up"
    return update(project, "operation.taken", "sentinel", summary, fields, operation=operation.id, fence=taken.fence)


def with_outcome(project: Project, outcome: Outcome) -> dict[str, object]:
    """The fields that end the running operation. Raises InvariantBrokenError if `outcome` belongs to another one."""
    ended = project.operation
    if ended is None or (outcome.operation_id, outcome.kind) != (ended.id, ended.kind):
        raise InvariantBrokenError(invariant="an outcome is that of the running operation")
    return {"operation": None, "outcomes": (*project.outcomes, outcome)[-OUTCOMES_KEPT:]}


def without_question() -> dict[str, object]:
    """The fields that drop a requested rollback, because production is about to change in another way."""
    return {"asked_rollback": None, "rollback_approval": None}


def end(project: Project, outcome: Outcome, **fields: object) -> Change:
    """Ends the running operation; the state stays."""
    changed = {**with_outcome(project, outcome), **fields}
    return update(
        project,
        "operation.ended",
        "sentinel",
        outcome.message,
        changed,
        operation=outcome.operation_id,
        ok=outcome.ok,
    )


def record_tests(project: Project, evidence: Evidence, outcome: Outcome) -> Change:
    if outcome.kind is not OperationKind.TESTS:
        raise InvariantBrokenError(invariant="evidence comes from a run of the tests")
    return end(project, outcome, evidence=evidence)


def accept_candidate(project: Project, release: Release, outcome: Outcome, **proof: JsonValue) -> Change:
    """Accepts the candidate. `proof` is what else its entry keeps, such as attestations."""
    fields = {**with_outcome(project, outcome), "release": release}
    artifacts = {artifact.name: artifact.sha256 for artifact in release.artifacts}
    return transition(
        project,
        Event.CANDIDATE_ACCEPTED,
        "sentinel",
        outcome.message,
        fields,
        release=release.id,
        version=release.version,
        tag=release.tag,
        tag_object=release.tag_object,
        commit=release.commit,
        tree=release.tree,
        artifacts=dict(artifacts),
        policy=release.policy_digest,
        **({"hotfix": release.hotfix.reason} if release.hotfix else {}),
        **proof,
    )


def refuse_candidate(project: Project, outcome: Outcome) -> Change:
    gates = [gate.gate for gate in outcome.blocked_by]
    return transition(
        project,
        Event.CANDIDATE_REFUSED,
        "sentinel",
        outcome.message,
        with_outcome(project, outcome),
        gates=list(gates),
    )


def start_staging(project: Project, operation: Operation) -> Change:
    """Staging again resets an earlier soak."""
    require_no_hold(project)
    release = _release(project).model_copy(update={"staged": None})
    fields = {**with_operation(project, operation), "release": release}
    return transition(project, Event.STAGING_STARTED, operation.requested_by, f"{release.tag} goes to staging", fields)


def staging_passed(project: Project, staged: Staged, outcome: Outcome) -> Change:
    release = _release(project).model_copy(update={"staged": staged})
    fields = {**with_outcome(project, outcome), "release": release}
    until = staged.soak.until.isoformat()
    return transition(project, Event.STAGING_PASSED, "sentinel", outcome.message, fields, soak_until=until)


def staging_failed(project: Project, outcome: Outcome) -> Change:
    return transition(project, Event.STAGING_FAILED, "sentinel", outcome.message, with_outcome(project, outcome))


def request_approval(project: Project, approval: Approval, outcome: Outcome, now: Instant) -> Change:
    """Asks a person for approval. Refused before the soak is over and while the window is closed, whoever calls it."""
    _require_ready(project, now)
    fields = {**with_outcome(project, outcome), "approval": approval}
    return transition(
        project,
        Event.APPROVAL_REQUESTED,
        "sentinel",
        outcome.message,
        fields,
        approval=approval.id,
        plan=approval.plan_digest,
    )


def claim_approval(project: Project, claim: Claim, operation: Operation) -> Change:
    """Uses the approval, once. The deployment that it starts checks everything again before it deploys."""
    approval = project.approval
    if approval is None or approval.claim is not None:
        raise InvariantBrokenError(invariant="an approval is used at most once")
    require_no_hold(project)
    require_open(project, claim.at)
    fields = {**with_operation(project, operation), "approval": approval.model_copy(update={"claim": claim})}
    return update(
        project,
        "approval.claimed",
        claim.by,
        f"production deployment approved by {claim.by}",
        fields,
        approval=approval.id,
        plan=approval.plan_digest,
        **proof_of(claim),
    )


def proof_of(claim: Claim) -> dict[str, JsonValue]:
    """What the history records about the strength of an approval."""
    return {
        "channel": claim.channel,
        "proven": claim.proven,
        "proof": claim.proof,
        "signers": list(claim.signers),
    }


def refuse_approval(project: Project, actor: str, reason: str, now: datetime) -> Change:
    """A person rejected the deployment, or nobody answered in time. The approval is gone and the soak is kept."""
    fields = {**with_refusal(project, project.approval, reason, now), "approval": None}
    return transition(project, Event.APPROVAL_SPENT, actor, reason, fields)


def with_refusal(project: Project, approval: Approval | None, reason: str, now: datetime) -> dict[str, object]:
    """The fields that record how the question ended. Raises InvariantBrokenError if it is not open."""
    if approval is None or approval.claim is not None:
        raise InvariantBrokenError(invariant="only a question that is open is refused")
    kind = OperationKind(approval.kind)
    refusal = Outcome(operation_id=approval.id, kind=kind, ok=False, refused=True, message=reason, ended_at=now)
    return {"outcomes": (*project.outcomes, refusal)[-OUTCOMES_KEPT:]}


def spend_approval(project: Project, reason: str, outcome: Outcome) -> Change:
    """The deployment failed before it entered production. The approval is used up and the soak is kept."""
    fields = {**with_outcome(project, outcome), "approval": None}
    return transition(project, Event.APPROVAL_SPENT, "sentinel", reason, fields)


def reopen_approval(project: Project, reason: str, outcome: Outcome) -> Change:
    """The remote refused the tag before production was entered: the question opens again.

    The claim has had no effect and no longer counts. A person approves again while the question is open.
    """
    approval = project.approval
    if approval is None or approval.claim is None or project.state is not State.AWAITING_APPROVAL:
        raise InvariantBrokenError(invariant="only a claim that entered nothing is taken back")
    fields = {
        **with_outcome(project, outcome),
        "approval": approval.model_copy(update={"claim": None, "signatures": ()}),
    }
    return update(project, "approval.reopened", "sentinel", reason, fields, approval=approval.id)


def retire_version(project: Project, version: str) -> Change:
    """A version is never used again once its tag is about to be pushed, whatever follows."""
    fields = {"retired": tuple(dict.fromkeys((*project.retired, version)))}
    return update(
        project, "version.retired", "sentinel", f"No other release can be {version} now", fields, version=version
    )


def start_deployment(project: Project, now: Instant) -> Change:
    """Enters production. Staged artifacts, an elapsed soak and a claimed approval are checked here once more."""
    _require_ready(project, now)
    release = _release(project)
    return transition(
        project,
        Event.DEPLOYMENT_STARTED,
        "sentinel",
        f"{release.tag} goes to production",
        without_question(),
        release=release.id,
        artifacts={artifact.name: artifact.sha256 for artifact in release.artifacts},
        approval=project.approval.id if project.approval else None,
    )


def deployment_passed(project: Project, message: str, checkout: str | None = None) -> Change:
    """`checkout` is kept as long as a rollback may return to the release."""
    release = _release(project).model_copy(update={"checkout": checkout})
    return transition(project, Event.DEPLOYMENT_PASSED, "sentinel", message, {"release": release})


def verification_passed(project: Project, message: str, now: datetime) -> Change:
    """Archives the release: production runs it, and a later rollback may return to it."""
    archived = Deployed.of(_release(project), now)
    older = (deployed for deployed in project.lineage if deployed.tag != archived.tag)
    lineage = (*older, archived)[-LINEAGE_KEPT:]
    return transition(project, Event.VERIFICATION_PASSED, "sentinel", message, {"lineage": lineage})


def close_release(project: Project, outcome: Outcome, warnings: Iterable[str], **proof: JsonValue) -> Change:
    """Ends the release. `proof` is what else its entry keeps, such as a checkpoint."""
    fields = {
        **with_outcome(project, outcome),
        "release": None,
        "approval": None,
        "sprint": None,
        "evidence": None,
        "hotfix": None,
    }
    return transition(
        project, Event.RELEASE_CLOSED, "sentinel", outcome.message, fields, warnings=list(warnings), **proof
    )


def abandon(project: Project, actor: str, reason: str, at: datetime, outcome: Outcome | None = None) -> Change:
    """Abandons the candidate, and tells those who worked on it. `outcome` is that of the operation that ran for it."""
    ended = with_outcome(project, outcome) if outcome else {}
    release_id = project.release.id if project.release else ""
    message = abandoned_sentence(project, actor, reason)
    said = Outcome(
        operation_id=release_id, kind=OperationKind.PREPARE, ok=False, refused=True, message=message, ended_at=at
    )
    outcomes = (*project.outcomes, outcome, said) if outcome else (*project.outcomes, said)
    fields = {**ended, "outcomes": outcomes[-OUTCOMES_KEPT:], "release": None, "approval": None}
    return transition(project, Event.RELEASE_ABANDONED, actor, f"release abandoned: {reason}", fields)


def abandoned_sentence(project: Project, actor: str, reason: str) -> str:
    tag = project.release.tag if project.release else "The release"
    return f"{tag} was abandoned by {actor}: {reason.rstrip().removesuffix('.')}. The sprint is still open."


def _release(project: Project) -> Release:
    if project.release is None:
        raise InvariantBrokenError(invariant="a release exists from candidate to closure")
    return project.release


def _require_ready(project: Project, now: Instant) -> None:
    """What must hold, besides the approval, before each step towards production."""
    require_no_hold(project)
    require_open(project, now.wall)
    staged = _release(project).staged
    if staged is None or not staged.soak.is_over(now):
        raise InvariantBrokenError(invariant="production waits for an elapsed soak")
