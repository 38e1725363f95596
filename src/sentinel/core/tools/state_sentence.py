"""How a project stands, in one sentence: what runs, else the outcome that led to its state, while that holds."""

from sentinel.core.release.cause import ASKED, headed
from sentinel.core.release.holding import closed_sentence, held_sentence
from sentinel.core.release.model import (
    Operation,
    OperationKind,
    Outcome,
    Project,
    RollbackPlan,
)
from sentinel.core.release.older_policy import OLDER_POLICY, prepared_with_older_policy
from sentinel.core.release.rollback_sentence import why_left
from sentinel.core.release.states import State
from sentinel.core.values.duration import countdown
from sentinel.core.values.instant import Instant

_K = OperationKind
_SPEAKS = {
    State.IDLE: {_K.DEPLOYMENT: "passed", _K.ROLLBACK: "passed refused", _K.ADOPTION: "passed failed"},
    State.ACTIVE: {
        _K.TESTS: "passed failed",
        _K.PREPARE: "failed refused",
        _K.ROLLBACK: "passed refused",
        _K.ADOPTION: "passed failed",
    },
    State.RELEASE_CANDIDATE: {_K.PREPARE: "passed", _K.STAGING: "failed", _K.ROLLBACK: "refused"},
    State.SOAKING: {_K.PROMOTION: "failed", _K.DEPLOYMENT: "failed refused", _K.ROLLBACK: "refused"},
    State.AWAITING_APPROVAL: {_K.PROMOTION: "passed", _K.DEPLOYMENT: "failed"},
    State.HALTED: {_K.ROLLBACK: "failed", _K.DEPLOYMENT: "failed"},
}
"""By state, the operations whose end still holds there, and which ends; an abandoned release is a refused one."""


def last_word(project: Project) -> Outcome | None:
    """The last outcome, where it says how the present state came about and is one of the present sprint's.

    While something newer runs, what an earlier operation found is not told as if it held.
    """
    last = project.outcomes[-1] if project.outcomes else None
    if last is None or project.operation is not None:
        return None
    if _how(last) not in _SPEAKS.get(project.state, {}).get(last.kind, ""):
        return None
    earlier = project.sprint is not None and last.ended_at < project.sprint.started_at
    return None if earlier else last


def _how(outcome: Outcome) -> str:
    return "refused" if outcome.refused else "passed" if outcome.ok else "failed"


def state_sentence(project: Project, now: Instant) -> str:
    """The state in one sentence, with what runs and the countdown where there is one, and then who holds the line.

    What failed a release in production stands above it, in the words of the protocol.
    """
    said = _state(project, now)
    return f"{said} {held_sentence(project.hold)}" if project.hold is not None else said


def _state(project: Project, now: Instant) -> str:
    if project.operation is not None:
        return _running(project, project.operation)
    if project.history_fault:
        return f"{project.state}: {project.history_fault}"
    last = last_word(project)
    if project.state is State.SOAKING:
        return _soaking(project, last, now)
    if last is None:
        return f"{project.state}."
    said = last.message.removeprefix(headed(last.cause, "")) if last.cause is not None else last.message
    told = said if said.startswith(f"{project.state}:") else f"{project.state}. {said}"
    return headed(last.cause, told) if last.cause is not None else told


def stands_well(project: Project) -> bool:
    """Not while Sentinel itself takes production back, nor while a person has to look at it."""
    plan = project.rollback
    return project.state is not State.HALTED and (plan is None or plan.cause in ASKED)


def _running(project: Project, operation: Operation) -> str:
    step = f", at {operation.step}" if operation.step else ""
    running = f"{project.state}: {operation.kind} is running{step}."
    plan = project.rollback
    return headed(plan.cause, f"{running} {_left(plan)}") if plan is not None else running


def _left(plan: RollbackPlan) -> str:
    reason = why_left(plan).partition("\n")[0]
    if plan.target is None:
        return f"Production stays as {plan.leaving.tag} left it, since there is nothing to go back to: {reason}"
    return f"Production goes back from {plan.leaving.tag} to {plan.target.tag}: {reason}"


def _soaking(project: Project, last: Outcome | None, now: Instant) -> str:
    if prepared_with_older_policy(project):
        return f"SOAKING: {OLDER_POLICY}"
    tag = project.release.tag if project.release else "the release"
    staged = project.release.staged if project.release else None
    if staged is not None and not staged.soak.is_over(now):
        soaking = f"{tag} runs on staging. Production unlocks in {countdown(staged.soak.remaining(now))}."
        return f"SOAKING: {soaking} {last.message}" if last else f"SOAKING: {soaking}"
    said = " ".join(filter(None, (last.message if last else "", closed_sentence(project, now.wall, now.wall))))
    unlocked = f"SOAKING: the soak is over, production is unlocked for {tag}."
    return f"SOAKING: the soak is over. {said}" if said else unlocked
