"""Each invariant of the protocol names the document that breaks it, and a change to such a document is not made."""

from collections.abc import Mapping

import pytest

from sentinel.core.release.change import note, update
from sentinel.core.release.invariants import CANCELS, broken_invariant
from sentinel.core.release.model import (
    Approval,
    Operation,
    OperationKind,
    Project,
    RollbackPlan,
)
from sentinel.core.release.states import Cause, State
from sentinel.errors.release import InvariantBrokenError
from tests.core.projects import AGENT, PERSON, claimed, deployed, operation, project, release, sprint

OPERATION = "an operation runs exactly where the state asks for one"
RELEASE = "a release exists from candidate to closure and nowhere else"
STAGED = "what soaks and deploys is what was built and staged"
ASKED = "an approval is asked for before it is used"
REACHED = "production is reached through a claimed approval"
CLAIMED = "a deployment runs for a claimed approval, and a claimed approval is being deployed"
ENDING = "an operation is asked to end in a way that its state has"
QUESTION = "a rollback that waits for approval is one of what production runs"
PLAN = "leaving a release has a plan"
SPRINT = "a release is cut in a sprint"
IDLE = "no sprint is open while idle"

LINEAGE = (deployed("1.0.0"), deployed("1.1.0"))
GOING_BACK = RollbackPlan(leaving=LINEAGE[1], target=LINEAGE[0], reason="It is slow.", cause=Cause.AGENT)


def asked(kind: str, *, used: bool = False) -> Approval:
    found = (claimed() if used else project(State.AWAITING_APPROVAL)).approval
    assert found is not None
    return Approval.model_validate({**found.model_dump(), "kind": kind})


def an(kind: OperationKind, then: str | None = None) -> Operation:
    cancel = {"then": then, "reason": "Stop.", "by": PERSON} if then else None
    return Operation.model_validate({**operation(project(), kind).model_dump(), "cancel": cancel})


WAITING = {"asked_rollback": GOING_BACK, "rollback_approval": asked("rollback")}

BROKEN: list[tuple[State, Mapping[str, object], str]] = [
    (State.IDLE, {"operation": an(OperationKind.TESTS)}, OPERATION),
    (State.ACTIVE, {"operation": an(OperationKind.STAGING)}, OPERATION),
    (State.HALTED, {"operation": an(OperationKind.ROLLBACK)}, OPERATION),
    *((state, {"operation": None}, OPERATION) for state in (State.STAGING, State.DEPLOYING, State.VERIFYING)),
    *((state, {"operation": None}, OPERATION) for state in (State.ARCHIVED, State.ROLLING_BACK)),
    (State.VERIFYING, {"operation": an(OperationKind.ROLLBACK)}, OPERATION),
    (State.ACTIVE, {"release": release()}, RELEASE),
    (State.ROLLING_BACK, {"release": release()}, RELEASE),
    *((state, {"release": None}, RELEASE) for state in (State.RELEASE_CANDIDATE, State.STAGING, State.ARCHIVED)),
    *((state, {"release": release()}, STAGED) for state in (State.SOAKING, State.DEPLOYING, State.VERIFYING)),
    (State.AWAITING_APPROVAL, {"approval": None}, ASKED),
    (State.DEPLOYING, {"approval": None}, ASKED),
    (State.SOAKING, {"approval": asked("deployment")}, ASKED),
    (State.ACTIVE, {"approval": asked("deployment", used=True)}, ASKED),
    *((state, {"approval": asked("deployment")}, REACHED) for state in (State.DEPLOYING, State.VERIFYING)),
    (State.ARCHIVED, {"approval": asked("rollback", used=True)}, REACHED),
    (State.AWAITING_APPROVAL, {"operation": an(OperationKind.DEPLOYMENT)}, CLAIMED),
    (State.AWAITING_APPROVAL, {"approval": asked("deployment", used=True)}, CLAIMED),
    (State.ACTIVE, {"operation": an(OperationKind.TESTS, "abandon")}, ENDING),
    (State.DEPLOYING, {"operation": an(OperationKind.DEPLOYMENT, "abandon")}, ENDING),
    (State.ARCHIVED, {"operation": an(OperationKind.DEPLOYMENT, "stop")}, ENDING),
    (State.ROLLING_BACK, {"operation": an(OperationKind.ROLLBACK, "rollback")}, ENDING),
    (State.IDLE, WAITING, QUESTION),
    (State.SOAKING, {"lineage": (*LINEAGE, deployed("1.1.5")), **WAITING}, QUESTION),
    (State.IDLE, {"lineage": LINEAGE, "asked_rollback": GOING_BACK}, QUESTION),
    (State.IDLE, {"lineage": LINEAGE, "rollback_approval": asked("rollback")}, QUESTION),
    (State.IDLE, {"lineage": LINEAGE, **WAITING, "rollback_approval": asked("deployment")}, QUESTION),
    (State.IDLE, {"lineage": LINEAGE, **WAITING, "rollback_approval": asked("rollback", used=True)}, QUESTION),
    (State.DEPLOYING, {"lineage": LINEAGE, **WAITING}, QUESTION),
    (State.ROLLING_BACK, {"lineage": LINEAGE, "rollback": GOING_BACK, **WAITING}, QUESTION),
    (State.HALTED, {"lineage": LINEAGE, **WAITING}, QUESTION),
    (State.ROLLING_BACK, {"rollback": None}, PLAN),
    (State.HALTED, {"rollback": None}, PLAN),
    (State.IDLE, {"rollback": GOING_BACK}, PLAN),
    (State.VERIFYING, {"rollback": GOING_BACK}, PLAN),
    (State.ACTIVE, {"sprint": None}, SPRINT),
    (State.VERIFYING, {"sprint": None}, SPRINT),
    (State.IDLE, {"sprint": sprint()}, IDLE),
]


@pytest.mark.parametrize(("state", "fields", "words"), BROKEN)
def test_a_document_that_breaks_an_invariant_is_not_made(
    state: State, fields: Mapping[str, object], words: str
) -> None:
    before = project(state)
    assert broken_invariant(before.model_copy(update=fields)) == words
    with pytest.raises(InvariantBrokenError, match=f"it would break an invariant: {words}"):
        update(before, "test", AGENT, "breaks it", fields)


@pytest.mark.parametrize("state", State)
def test_a_rollback_may_wait_for_approval_beside_what_the_state_does(state: State) -> None:
    changing = state in (State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK)
    left = {"rollback": GOING_BACK} if state is State.HALTED else {}
    waiting = project(state).model_copy(update={"lineage": LINEAGE, **left, **WAITING})
    assert broken_invariant(waiting) == (QUESTION if changing else None)


RUNNING = [claimed(), *(each for each in map(project, State) if each.operation is not None)]


@pytest.mark.parametrize("before", RUNNING, ids=lambda before: before.state)
@pytest.mark.parametrize("then", ["stop", "abandon", "rollback"])
def test_an_operation_is_asked_to_end_only_as_its_state_can(before: Project, then: str) -> None:
    assert before.operation is not None
    asked_to_end = before.model_copy(update={"operation": an(before.operation.kind, then)})
    assert broken_invariant(asked_to_end) == (None if then in CANCELS.get(before.state, ()) else ENDING)


def test_a_note_changes_nothing() -> None:
    before = project(State.SOAKING)
    change = note(before, "call.locked", AGENT, "too early", target="production")
    assert change.project is before
    assert [(entry.kind, entry.actor, entry.data) for entry in change.entries] == [
        ("call.locked", AGENT, {"target": "production"})
    ]


def test_every_state_has_a_document_that_breaks_nothing() -> None:
    assert [broken_invariant(project(state)) for state in State] == [None] * len(State)
