"""An agent's rollback outside a running deployment waits for a human, and only while it is still the same rollback."""

from datetime import timedelta

import pytest

from sentinel.core.release import adoption, lifecycle, rollback
from sentinel.core.release.model import Claim, OperationKind, Project
from sentinel.core.release.states import Event, State
from sentinel.errors.release import InvariantBrokenError
from tests.core.projects import PERSON, SOAKED, claimed, deployed, operation, project, rollback_asked

LINEAGE = (deployed("1.0.0"), deployed("1.1.0"))
EXPIRES = timedelta(minutes=15)


def is_open(at: Project) -> bool:
    assert (at.asked_rollback is None) == (at.rollback_approval is None)
    return at.rollback_approval is not None


@pytest.mark.parametrize(
    "state",
    [s for s in State if s not in (State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK)],
)
def test_the_question_stays_beside_whatever_state_there_is(state: State) -> None:
    at = rollback_asked(project(state, lineage=LINEAGE))
    assert (at.state, is_open(at)) == (state, True)


@pytest.mark.parametrize("state", [State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK])
def test_nobody_is_asked_while_production_is_being_changed(state: State) -> None:
    with pytest.raises(InvariantBrokenError):
        rollback_asked(project(state, lineage=LINEAGE))


def test_one_rollback_is_asked_for_at_a_time() -> None:
    with pytest.raises(InvariantBrokenError, match="one rollback is asked for at a time"):
        rollback_asked(rollback_asked(project(lineage=LINEAGE)))


def test_a_refused_question_is_dropped_once() -> None:
    at = rollback_asked(project(lineage=LINEAGE))
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall, proof="signature", signers=("ada",))
    change = rollback.drop_question(at, claim)
    assert not is_open(change.project)
    proof = {"channel": "terminal", "proven": False, "proof": "signature", "signers": ["ada"]}
    assert [(entry.kind, entry.data) for entry in change.entries] == [("approval.spent", {"approval": "back", **proof})]
    with pytest.raises(InvariantBrokenError, match="only a question that is open is dropped"):
        rollback.drop_question(change.project, claim)


def test_a_question_does_not_outlive_the_release_that_it_was_about() -> None:
    """Once the next release enters production, the rollback of the one before is another one."""
    deploying = lifecycle.start_deployment(rollback_asked(claimed(lineage=LINEAGE)), SOAKED).project
    assert (deploying.state, is_open(deploying)) == (State.DEPLOYING, False)


def test_a_question_does_not_outlive_a_persons_word_about_production() -> None:
    assert not is_open(adoption.adopt(rollback_asked(project(lineage=LINEAGE)), LINEAGE[0], PERSON).project)
    assert not is_open(
        rollback.resolve(rollback_asked(project(State.HALTED, lineage=LINEAGE)), LINEAGE[0], PERSON).project
    )


def test_a_question_does_not_outlive_the_rollback_itself() -> None:
    at = rollback_asked(project(State.SOAKING, lineage=LINEAGE))
    plan = at.asked_rollback
    assert plan is not None
    following = operation(at, OperationKind.ROLLBACK)
    gone = rollback.start_rollback(at, plan, following, event=Event.ROLLBACK_STARTED, actor=PERSON).project
    assert not is_open(gone)


def test_a_deployments_question_is_answered_beside_a_rollbacks() -> None:
    at = rollback_asked(project(State.AWAITING_APPROVAL, lineage=LINEAGE))
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall)
    at = lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT)).project
    assert is_open(at)
