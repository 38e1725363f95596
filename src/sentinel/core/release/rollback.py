"""Leaving a release: the rollback, HALTED and its resolution, and a history that the release tags contradict."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import JsonValue

from sentinel.core.policy.model import Policy
from sentinel.core.release.adoption import lineage_with
from sentinel.core.release.change import Change, transition, update
from sentinel.core.release.lifecycle import proof_of, with_operation, with_outcome, with_refusal, without_question
from sentinel.core.release.model import Approval, Cancel, Claim, Deployed, Operation, Outcome, Project, RollbackPlan
from sentinel.core.release.states import Cause, Event, State, headed
from sentinel.errors.release import InvariantBrokenError

IN_PRODUCTION = frozenset({State.DEPLOYING, State.VERIFYING})
"""States in which the candidate is in production and not archived yet."""


def plan_rollback(project: Project, *, reason: str, cause: Cause, now: datetime) -> RollbackPlan | None:
    """A plan from what production runs to the newest older archived release; None if Sentinel deployed nothing.

    A repeated attempt keeps the first reason for leaving the release.
    """
    if project.rollback is not None:
        return project.rollback.model_copy(update={"again": reason})
    candidate = project.release if project.state in IN_PRODUCTION else None
    leaving = Deployed.of(candidate, now) if candidate else project.production
    if leaving is None:
        return None
    return RollbackPlan(leaving=leaving, target=_target(project, leaving.tag), reason=reason, cause=cause)


def can_roll_back(project: Project) -> bool:
    """Whether production has an earlier release to go back to and nothing is rolling back."""
    return project.state is not State.ROLLING_BACK and rollback_target(project) is not None


def rollback_target(project: Project) -> Deployed | None:
    """The release that a rollback goes back to."""
    if project.rollback is not None:
        return project.rollback.target
    running = _running(project)
    return _target(project, running) if running is not None else None


def _running(project: Project) -> str | None:
    """The tag of the release that production runs as far as Sentinel knows."""
    if project.rollback is not None:
        return project.rollback.leaving.tag
    running = project.release if project.state in IN_PRODUCTION else project.production
    return running.tag if running else None


def _target(project: Project, leaving: str) -> Deployed | None:
    """What production ran before `leaving`, if its artifacts are kept.

    If they are not, no older release takes its place: production would become something else than it was.
    """
    earlier = _newest_but(project, leaving)
    return earlier if earlier is not None and earlier.artifacts else None


def _newest_but(project: Project, tag: str) -> Deployed | None:
    """The newest archived release other than `tag`; what was rolled back is no longer in the lineage."""
    return next((deployed for deployed in reversed(project.lineage) if deployed.tag != tag), None)


def held_against(leaving: Policy, target: Deployed) -> Policy:
    """The policy that verifies production once `target` runs there again.

    It is the target's own, by which it was verified: the release that is left may name a path that the older one does
    not have. The address is the one that the rollback command works on. Metrics are not read, because for a while they
    still cover the release that is left.
    """
    own = target.policy or leaving
    verification = own.production.verification.model_copy(update={"prometheus": None})
    fields = {"url": leaving.production.url, "verification": verification}
    return own.model_copy(update={"production": own.production.model_copy(update=fields)})


def nothing_kept(project: Project) -> str | None:
    """Why a rollback cannot return to the release before this one, in a sentence; None if there is no such release."""
    running = _running(project)
    earlier = _newest_but(project, running) if running else None
    if earlier is None or earlier.artifacts:
        return None
    return f"There is nothing to go back to: Sentinel keeps no artifacts of {earlier.tag}, which ran before."


def failure_event(cause: Cause) -> Event:
    """The event by which a deployment in production fails.

    Only a failed verification counts as one; other faults during it do not.
    """
    return Event.VERIFICATION_FAILED if cause is Cause.VERIFICATION_FAILED else Event.DEPLOYMENT_FAILED


def start_rollback(
    project: Project,
    plan: RollbackPlan,
    operation: Operation,
    *,
    event: Event,
    actor: str,
    outcome: Outcome | None = None,
) -> Change:
    """Enters ROLLING_BACK by `event`.

    An open candidate is discarded, and no question stays open. `outcome` is that of the operation which the rollback
    ends. A failed production deployment is left even without a release to return to; a requested rollback requires
    one.
    """
    if event is Event.ROLLBACK_STARTED and not can_roll_back(project):
        raise InvariantBrokenError(invariant="a rollback that is asked for has an earlier release to go back to")
    if event is not Event.ROLLBACK_STARTED and event is not failure_event(plan.cause):
        raise InvariantBrokenError(invariant="a failed verification, and nothing else, is recorded as one")
    target = plan.target.tag if plan.target else "nothing"
    fields = {
        **with_operation(project, operation, outcome),
        **without_question(),
        "rollback": plan,
        "release": None,
        "approval": None,
        "history_fault": "",
    }
    why = plan.reason if plan.again is None else plan.again
    summary = f"rolling back {plan.leaving.tag} to {target}: {why}"
    return transition(project, event, actor, summary, fields, leaving=plan.leaving.version, cause=plan.cause.value)


def halt_blind(project: Project, plan: RollbackPlan, outcome: Outcome) -> Change:
    """Sentinel could not see production, so nobody knows whether the release is good: people must look."""
    fields = {**with_outcome(project, outcome), "rollback": plan, "release": None, "approval": None}
    return transition(project, Event.VERIFICATION_BLIND, "sentinel", outcome.message, fields)


def rollback_passed(project: Project, outcome: Outcome, checkout: str | None = None) -> Change:
    """`checkout` is the folder in which the rollback command ran: that of what production runs now."""
    plan = _plan(project)
    if plan.target is None:
        raise InvariantBrokenError(invariant="a rollback goes back to an earlier release")
    lineage = project.lineage
    if lineage and lineage[-1].tag == plan.leaving.tag:
        lineage = lineage[:-1]
    if checkout is not None and lineage:
        lineage = (*lineage[:-1], lineage[-1].model_copy(update={"checkout": checkout}))
    fields = {**with_outcome(project, outcome), "rollback": None, "lineage": lineage, "evidence": None}
    return transition(project, Event.ROLLBACK_PASSED, "sentinel", outcome.message, fields)


def rollback_failed(project: Project, outcome: Outcome) -> Change:
    return transition(project, Event.ROLLBACK_FAILED, "sentinel", outcome.message, with_outcome(project, outcome))


def resolve(project: Project, production: Deployed | None, actor: str, lost_tags: tuple[str, ...] = ()) -> Change:
    """A person says what production runs, and the project leaves HALTED.

    `lost_tags` are the digests of release tags that contradict this history; the person accepts that their history is
    lost.
    """
    shown = production.tag if production else "nothing"
    fields = {
        **without_question(),
        "rollback": None,
        "history_fault": "",
        "lost_tags": (*project.lost_tags, *lost_tags),
        "lineage": lineage_with(project.lineage, production),
    }
    data: dict[str, JsonValue] = {"lost_tags": list(lost_tags)} if lost_tags else {}
    said = f"resolved: production runs {shown}"
    return transition(project, Event.RESOLVED, actor, said, fields, production=shown, **data)


def ask(project: Project, plan: RollbackPlan, approval: Approval, actor: str) -> Change:
    """An agent's rollback outside of a running deployment waits for a person. Raises InvariantBrokenError elsewhere."""
    if not can_roll_back(project):
        raise InvariantBrokenError(invariant="a rollback that is asked for has an earlier release to go back to")
    if project.rollback_approval is not None:
        raise InvariantBrokenError(invariant="one rollback is asked for at a time")
    fields = {"asked_rollback": plan, "rollback_approval": approval}
    return update(
        project,
        "approval.requested",
        actor,
        f"rollback asked for: {plan.reason}",
        fields,
        approval=approval.id,
        plan=approval.plan_digest,
    )


def drop_question(project: Project, claim: Claim) -> Change:
    """The requested rollback is approved, and about to begin."""
    if project.rollback_approval is None:
        raise InvariantBrokenError(invariant="only a question that is open is dropped")
    approval = project.rollback_approval.id
    reason = f"rollback approved by {claim.by}"
    return update(project, "approval.spent", claim.by, reason, without_question(), approval=approval, **proof_of(claim))


def refuse_question(project: Project, actor: str, reason: str, now: datetime) -> Change:
    """A person rejected the requested rollback, or nobody answered in time.

    In HALTED the last outcome stays the one that led there, because a person must read that first.
    """
    refusal = with_refusal(project, project.rollback_approval, reason, now)
    kept = {} if project.state is State.HALTED else refusal
    approval = project.rollback_approval.id if project.rollback_approval else None
    return update(project, "approval.spent", actor, reason, {**without_question(), **kept}, approval=approval)


def request_cancel(project: Project, cancel: Cancel) -> Change:
    """Tells the runner to cancel the running operation. The newest request counts, but never replaces a rollback."""
    operation = project.operation
    if operation is None:
        raise InvariantBrokenError(invariant="only a running operation is cancelled")
    if operation.cancel is not None and operation.cancel.then == "rollback":
        cancel = operation.cancel
    if cancel.then == "rollback" and not can_roll_back(project):
        raise InvariantBrokenError(invariant="a rollback that is asked for has an earlier release to go back to")
    fields = {"operation": operation.model_copy(update={"cancel": cancel})}
    summary = f"{operation.kind} cancelled: {cancel.reason}"
    return update(project, "operation.cancelled", cancel.by, summary, fields, operation=operation.id, then=cancel.then)


def _plan(project: Project) -> RollbackPlan:
    if project.rollback is None:
        raise InvariantBrokenError(invariant="leaving a release has a plan")
    return project.rollback


def why_left(plan: RollbackPlan) -> str:
    """The reason, and that of the newest attempt after a failed one."""
    return f"{plan.reason} {plan.again}".rstrip() if plan.again else plan.reason


def rolled_back(plan: RollbackPlan, *, proven: bool, notes: Iterable[str]) -> str:
    """The sentence after a rollback.

    It says what production runs only if production's answer has `proven` it; `notes` are further sentences.
    """
    target = plan.target.tag if plan.target else "nothing"
    ended = (
        f"Rolled back: production runs {target} again, instead of {plan.leaving.tag}."
        if proven
        else f"Rolled back from {plan.leaving.tag} to {target}: the rollback script ended well and production answers; "
        "no version_path says which release it is."
    )
    reason, _, rest = why_left(plan).partition("\n")
    return headed(plan.cause, _lines(f"{ended} {reason}", *notes, rest))


def halted(plan: RollbackPlan, failure: str) -> str:
    """The sentence of HALTED: why the rollback failed, and why it was started."""
    now, _, output = failure.partition("\n")
    reason, _, rest = why_left(plan).partition("\n")
    return headed(
        plan.cause,
        _lines(f"HALTED: the rollback failed. {now}", f"It was started because: {reason}", output, rest),
    )


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


FENCE_STEP = 1_000_000
"""How far fencing numbers jump when the database server changes, so that numbers lost with the old server are never
given out again.
"""


def lost_history_sentence(problem: str) -> str:
    """What is wrong and what that means, for people and agents."""
    return (
        f"The release tags contradict the history: {problem}. "
        "Production may run a release other than this history says."
    )


def history_agrees(project: Project, server: str) -> Change:
    """The history agrees with the release tags on `server`, the new database server."""
    fence = project.fence + (FENCE_STEP if project.server else 0)
    said = f"the history agrees with the release tags on the database server {server}"
    return update(project, "server.changed", "sentinel", said, {"server": server, "fence": fence}, server=server)


def lose_history(project: Project, problem: str, outcome: Outcome | None = None, server: str | None = None) -> Change:
    """Enters HALTED, whatever was under way; `outcome` is how that ends.

    A running rollback keeps its plan. `server` is the database server on which the loss was found, if it is another
    one than before.
    """
    moved = {"server": server, "fence": project.fence + FENCE_STEP} if server is not None else {}
    fault = lost_history_sentence(problem)
    fields = {**moved, "history_fault": fault}
    if project.state is State.HALTED:
        return update(project, "history.lost", "sentinel", fault, fields)
    fields |= {
        **(with_outcome(project, outcome) if outcome is not None else {}),
        **without_question(),
        "release": None,
        "approval": None,
    }
    return transition(project, Event.HISTORY_LOST, "sentinel", fault, fields)
