"""The state machine: the transition table is data, and everything else is derived from it."""

from dataclasses import dataclass
from enum import StrEnum

from sentinel.errors.release import IllegalTransitionError


class State(StrEnum):
    IDLE = "IDLE"
    ACTIVE = "ACTIVE"
    RELEASE_CANDIDATE = "RELEASE_CANDIDATE"
    STAGING = "STAGING"
    SOAKING = "SOAKING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    DEPLOYING = "DEPLOYING"
    VERIFYING = "VERIFYING"
    ARCHIVED = "ARCHIVED"
    ROLLING_BACK = "ROLLING_BACK"
    HALTED = "HALTED"


class Event(StrEnum):
    SPRINT_STARTED = "sprint started"
    SPRINT_CLOSED = "sprint closed"
    CANDIDATE_ACCEPTED = "candidate accepted"
    CANDIDATE_REFUSED = "candidate refused"
    STAGING_STARTED = "staging started"
    STAGING_PASSED = "staging passed"
    STAGING_FAILED = "staging failed"
    APPROVAL_REQUESTED = "approval requested"
    APPROVAL_SPENT = "approval spent"
    DEPLOYMENT_STARTED = "deployment started"
    DEPLOYMENT_PASSED = "deployment passed"
    DEPLOYMENT_FAILED = "deployment failed"
    VERIFICATION_PASSED = "verification passed"
    VERIFICATION_FAILED = "verification failed"
    VERIFICATION_BLIND = "verification blind"
    RELEASE_CLOSED = "release closed"
    RELEASE_ABANDONED = "release abandoned"
    ROLLBACK_STARTED = "rollback started"
    ROLLBACK_PASSED = "rollback passed"
    ROLLBACK_FAILED = "rollback failed"
    RESOLVED = "resolved"
    HISTORY_LOST = "history lost"


@dataclass(frozen=True, slots=True)
class Transition:
    """From `source` on `event` to `target`, or to `without_sprint` if that is given and no sprint is open."""

    source: State
    event: Event
    target: State
    without_sprint: State | None = None


_S, _E = State, Event
ROLLBACK_SOURCES = tuple(state for state in State if state is not _S.ROLLING_BACK)
HALTING_SOURCES = tuple(state for state in State if state is not _S.HALTED)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.IDLE, _E.SPRINT_STARTED, _S.ACTIVE),
    Transition(_S.ACTIVE, _E.SPRINT_CLOSED, _S.IDLE),
    Transition(_S.ACTIVE, _E.CANDIDATE_ACCEPTED, _S.RELEASE_CANDIDATE),
    Transition(_S.ACTIVE, _E.CANDIDATE_REFUSED, _S.ACTIVE),
    Transition(_S.RELEASE_CANDIDATE, _E.STAGING_STARTED, _S.STAGING),
    Transition(_S.SOAKING, _E.STAGING_STARTED, _S.STAGING),
    Transition(_S.STAGING, _E.STAGING_PASSED, _S.SOAKING),
    Transition(_S.STAGING, _E.STAGING_FAILED, _S.RELEASE_CANDIDATE),
    Transition(_S.SOAKING, _E.APPROVAL_REQUESTED, _S.AWAITING_APPROVAL),
    Transition(_S.AWAITING_APPROVAL, _E.APPROVAL_SPENT, _S.SOAKING),
    Transition(_S.AWAITING_APPROVAL, _E.DEPLOYMENT_STARTED, _S.DEPLOYING),
    Transition(_S.DEPLOYING, _E.DEPLOYMENT_PASSED, _S.VERIFYING),
    Transition(_S.DEPLOYING, _E.DEPLOYMENT_FAILED, _S.ROLLING_BACK),
    Transition(_S.VERIFYING, _E.VERIFICATION_PASSED, _S.ARCHIVED),
    Transition(_S.VERIFYING, _E.VERIFICATION_FAILED, _S.ROLLING_BACK),
    Transition(_S.VERIFYING, _E.DEPLOYMENT_FAILED, _S.ROLLING_BACK),
    Transition(_S.VERIFYING, _E.VERIFICATION_BLIND, _S.HALTED),
    Transition(_S.ARCHIVED, _E.RELEASE_CLOSED, _S.IDLE),
    *(Transition(state, _E.ROLLBACK_STARTED, _S.ROLLING_BACK) for state in ROLLBACK_SOURCES),
    Transition(_S.ROLLING_BACK, _E.ROLLBACK_PASSED, _S.ACTIVE, without_sprint=_S.IDLE),
    Transition(_S.ROLLING_BACK, _E.ROLLBACK_FAILED, _S.HALTED),
    Transition(_S.HALTED, _E.RESOLVED, _S.ACTIVE, without_sprint=_S.IDLE),
    Transition(_S.RELEASE_CANDIDATE, _E.RELEASE_ABANDONED, _S.ACTIVE),
    Transition(_S.SOAKING, _E.RELEASE_ABANDONED, _S.ACTIVE),
    Transition(_S.AWAITING_APPROVAL, _E.RELEASE_ABANDONED, _S.ACTIVE),
    *(Transition(state, _E.HISTORY_LOST, _S.HALTED) for state in HALTING_SOURCES),
)

_BY_SOURCE = {(row.source, row.event): row for row in TRANSITIONS}


def decide(state: State, event: Event, *, sprint_open: bool) -> State:
    """The state that follows. Raises IllegalTransitionError if the table has no such row."""
    row = _BY_SOURCE.get((state, event))
    if row is None:
        raise IllegalTransitionError(state=state, event=event)
    if row.without_sprint is not None and not sprint_open:
        return row.without_sprint
    return row.target


PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
"""The protocol's sentence for a failed verification and nothing else; it stands first, on a line of its own."""


class Cause(StrEnum):
    VERIFICATION_FAILED = "verification failed"
    VERIFICATION_BLIND = "verification blind"
    DEPLOYMENT_FAILED = "deployment failed"
    SCRIPT_FAILED = "script failed"
    TAMPERED = "tampered with"
    INTERNAL_FAULT = "internal fault"
    AGENT = "asked for by an agent"
    PERSON = "asked for by a person"


ASKED = frozenset({Cause.AGENT, Cause.PERSON})
"""Somebody asked for these; every other rollback is automatic."""


def asked_by(actor: str) -> Cause:
    """Who asked, by the actor's name: an agent's begins with `agent:`."""
    return Cause.AGENT if actor.startswith("agent:") else Cause.PERSON


def headed(cause: Cause, text: str) -> str:
    """`text` below the line that `cause` requires, if any."""
    return f"{PDV_FAILURE}\n{text}" if cause is Cause.VERIFICATION_FAILED else text
