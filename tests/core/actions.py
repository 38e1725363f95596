"""Everything that the pure core can do to a project, each with every outcome: what exploration and random walks try.

An action is tried in every document, whether it fits or not. If what it needs is missing, it gets a stray value, and
the core must refuse it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sentinel.core.approval.question import ask_approval
from sentinel.core.release import adoption, lifecycle, rollback
from sentinel.core.release.change import Change
from sentinel.core.release.model import (
    Cancel,
    Claim,
    Deployed,
    OperationKind,
    Outcome,
    Project,
    Release,
    RollbackPlan,
    Soak,
    Staged,
)
from sentinel.core.release.states import Cause, Event
from sentinel.core.values.times import Instant
from tests.core.projects import (
    AGENT,
    NOON,
    PERSON,
    SOAK,
    deployed,
    evidence,
    instant,
    operation,
    outcome,
    release,
    sprint,
)

STRAY = release("9.9.9")
STRAY_DEPLOYED = deployed(STRAY.version)
STRAY_PLAN = RollbackPlan(leaving=STRAY_DEPLOYED, target=None, reason="It is bad.", cause=Cause.AGENT)

Kind = OperationKind
Then = Literal["stop", "abandon", "rollback"]
Act = Callable[[Project, Instant], Change]


@dataclass(frozen=True, slots=True)
class Action:
    """`by` says who makes it; a runner's `failure` is what it does when nothing else works."""

    name: str
    by: Literal["agent", "person", "runner", "clock"]
    act: Act
    failure: bool = False


def _ended(project: Project, kind: Kind, *, ok: bool) -> Outcome:
    if project.operation is not None:
        return outcome(project, f"{project.operation.kind} ended.", ok=ok)
    return Outcome(operation_id="stray", kind=kind, ok=ok, message="It ended.", ended_at=NOON)


def _release(project: Project) -> Release:
    return project.release or STRAY


def _staged(project: Project) -> Staged:
    return Staged(artifacts=_release(project).artifacts, soak=Soak(started=instant(), length=SOAK))


def _plan(project: Project, now: Instant, cause: Cause = Cause.AGENT) -> RollbackPlan:
    stray = STRAY_PLAN.model_copy(update={"cause": cause})
    return rollback.plan_rollback(project, reason="It is bad.", cause=cause, now=now.wall) or stray


def _begin(kind: Kind) -> Act:
    return lambda project, _now: lifecycle.begin(project, operation(project, kind))


def _accept(project: Project, _now: Instant) -> Change:
    candidate = release(f"1.{project.fence}.0")
    return lifecycle.accept_candidate(project, candidate, _ended(project, Kind.PREPARE, ok=True))


def _ask_deployment(project: Project, now: Instant) -> Change:
    name = f"deployment-{project.fence}"
    approval = ask_approval(project, _release(project), id=name, nonce=name, now=now)
    return lifecycle.request_approval(project, approval, _ended(project, Kind.PROMOTION, ok=True), now)


def _claim(project: Project, now: Instant) -> Change:
    claim = Claim(by=PERSON, channel="terminal", at=now.wall)
    return lifecycle.claim_approval(project, claim, operation(project, Kind.DEPLOYMENT, by=PERSON))


def _fail(cause: Cause) -> Act:
    """A deployment in production, by what it fails by."""
    return _roll_back(rollback.failure_event(cause), cause)


def _roll_back(event: Event, cause: Cause = Cause.AGENT) -> Act:
    def act(project: Project, now: Instant) -> Change:
        ended = outcome(project, "It is bad.", ok=False) if project.operation else None
        following = operation(project, Kind.ROLLBACK, by=PERSON)
        plan = _plan(project, now, cause)
        return rollback.start_rollback(project, plan, following, event=event, actor=PERSON, outcome=ended)

    return act


def _ask_rollback(project: Project, now: Instant) -> Change:
    name, plan = f"rollback-{project.fence}", _plan(project, now)
    approval = ask_approval(project, plan, id=name, nonce=name, now=now)
    return rollback.ask(project, plan, approval, AGENT)


def _cancel(then: Then) -> Act:
    return lambda project, _now: rollback.request_cancel(project, Cancel(then=then, reason="Stop.", by=AGENT))


def _oldest(project: Project) -> Deployed:
    return project.lineage[0] if project.lineage else STRAY_DEPLOYED


def _left(project: Project) -> Deployed:
    return project.rollback.leaving if project.rollback else STRAY_DEPLOYED


def _abandon(project: Project, _now: Instant) -> Change:
    ended = outcome(project, "Abandoned.", ok=False) if project.operation else None
    return lifecycle.abandon(project, AGENT, "no longer wanted", NOON, ended)


def _lose(project: Project, _now: Instant) -> Change:
    ended = outcome(project, "The history is older.", ok=False) if project.operation else None
    return rollback.lose_history(project, "entry 9 is missing", ended)


ACTIONS: tuple[Action, ...] = (
    Action("start sprint", "agent", lambda p, _: lifecycle.start_sprint(p, sprint(f"sprint-{p.fence}"), AGENT)),
    Action("close sprint", "person", lambda p, _: lifecycle.close_sprint(p, PERSON)),
    *(Action(f"begin {kind}", "agent", _begin(kind)) for kind in Kind),
    Action(
        "record tests",
        "runner",
        lambda p, _: lifecycle.record_tests(p, evidence(), _ended(p, Kind.TESTS, ok=True)),
    ),
    Action("end", "runner", lambda p, _: lifecycle.end(p, _ended(p, Kind.TESTS, ok=False)), failure=True),
    Action("accept candidate", "runner", _accept),
    Action(
        "refuse candidate",
        "runner",
        lambda p, _: lifecycle.refuse_candidate(p, _ended(p, Kind.PREPARE, ok=False)),
        failure=True,
    ),
    Action("start staging", "agent", lambda p, _: lifecycle.start_staging(p, operation(p, Kind.STAGING))),
    Action(
        "staging passed",
        "runner",
        lambda p, _: lifecycle.staging_passed(p, _staged(p), _ended(p, Kind.STAGING, ok=True)),
    ),
    Action(
        "staging failed",
        "runner",
        lambda p, _: lifecycle.staging_failed(p, _ended(p, Kind.STAGING, ok=False)),
        failure=True,
    ),
    Action("request approval", "runner", _ask_deployment),
    Action("claim approval", "person", _claim),
    Action(
        "refuse approval", "clock", lambda p, now: lifecycle.refuse_approval(p, "sentinel", "It has expired.", now.wall)
    ),
    Action(
        "spend claimed approval",
        "runner",
        lambda p, _: lifecycle.spend_approval(p, "No push.", _ended(p, Kind.DEPLOYMENT, ok=False)),
        failure=True,
    ),
    Action(
        "take the claim back",
        "runner",
        lambda p, _: lifecycle.reopen_approval(p, "No push.", _ended(p, Kind.DEPLOYMENT, ok=False)),
    ),
    Action("start deployment", "runner", lifecycle.start_deployment),
    Action("deployment passed", "runner", lambda p, _: lifecycle.deployment_passed(p, "It runs.")),
    Action("deployment failed", "runner", _fail(Cause.SCRIPT_FAILED), failure=True),
    Action("verification passed", "runner", lambda p, now: lifecycle.verification_passed(p, "It is good.", now.wall)),
    Action("verification failed", "runner", _fail(Cause.VERIFICATION_FAILED), failure=True),
    Action(
        "verification blind",
        "runner",
        lambda p, now: rollback.halt_blind(p, _plan(p, now), _ended(p, Kind.DEPLOYMENT, ok=False)),
    ),
    Action(
        "close release",
        "runner",
        lambda p, _: lifecycle.close_release(p, _ended(p, Kind.DEPLOYMENT, ok=True), ["a branch was left"]),
        failure=True,
    ),
    Action("abandon", "agent", _abandon),
    Action("roll back", "person", _roll_back(Event.ROLLBACK_STARTED)),
    Action("rollback passed", "runner", lambda p, _: rollback.rollback_passed(p, _ended(p, Kind.ROLLBACK, ok=True))),
    Action(
        "rollback failed",
        "runner",
        lambda p, _: rollback.rollback_failed(p, _ended(p, Kind.ROLLBACK, ok=False)),
        failure=True,
    ),
    Action("ask for rollback", "agent", _ask_rollback),
    Action(
        "refuse question", "clock", lambda p, now: rollback.refuse_question(p, "sentinel", "It has expired.", now.wall)
    ),
    Action(
        "drop question", "person", lambda p, _: rollback.drop_question(p, Claim(by=PERSON, channel="terminal", at=NOON))
    ),
    Action("take up", "runner", lambda p, _: lifecycle.take_up(p)),
    Action("cancel to stop", "agent", _cancel("stop")),
    Action("cancel to abandon", "agent", _cancel("abandon")),
    Action("cancel to roll back", "person", _cancel("rollback")),
    Action("resolve to nothing", "person", lambda p, _: rollback.resolve(p, None, PERSON)),
    Action("resolve to the oldest", "person", lambda p, _: rollback.resolve(p, _oldest(p), PERSON)),
    Action("resolve to what was left", "person", lambda p, _: rollback.resolve(p, _left(p), PERSON)),
    Action("lose the history", "runner", _lose),
    Action("go on on another server", "runner", lambda p, _: rollback.history_agrees(p, "1/2")),
    Action("adopt another", "person", lambda p, _: adoption.adopt(p, deployed(f"0.{len(p.lineage) + 1}.0"), PERSON)),
    Action(
        "adopted",
        "runner",
        lambda p, _: adoption.adopted(p, deployed(f"0.{len(p.lineage) + 1}.0"), _ended(p, Kind.ADOPTION, ok=True)),
    ),
    Action("adopt the oldest", "person", lambda p, _: adoption.adopt(p, _oldest(p), PERSON)),
)
