"""What ends a wait: something to act on, and never a mere step of what runs."""

from datetime import timedelta

import pytest

from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import Cause, Event, State
from sentinel.core.tools.next_steps import attention, calls_for_somebody
from tests.core.exploration import TIMES, Exploration
from tests.core.projects import (
    AGENT,
    NOON,
    PERSON,
    PIN,
    SOAK,
    SOAKED,
    claimed,
    deployed,
    instant,
    operation,
    outcome,
    project,
    rollback_asked,
    running,
    sprint,
)


def ends(before: Project, after: Project) -> bool:
    """Whether a wait that began with `before` ends with `after`."""
    return calls_for_somebody(attention(before, SOAKED), attention(after, SOAKED))


def at_step(at: Project, step: str) -> Project:
    assert at.operation is not None
    return at.model_copy(update={"operation": at.operation.model_copy(update={"step": step}), "fence": 99})


def test_no_step_of_a_deployment_ends_a_wait() -> None:
    deploying = [at_step(claimed(), "push-tag"), *(project(state) for state in ON_THE_WAY)]
    for before in deploying:
        for after in deploying:
            same = after.model_copy(update={"outcomes": before.outcomes, "approval": before.approval})
            assert not ends(before, same), (before.state, after.state)


ON_THE_WAY = (State.DEPLOYING, State.VERIFYING, State.ARCHIVED)


def test_an_operation_that_begins_needs_nobody_and_its_end_does() -> None:
    for state, kind in (
        (State.ACTIVE, OperationKind.TESTS),
        (State.ACTIVE, OperationKind.PREPARE),
        (State.SOAKING, OperationKind.PROMOTION),
    ):
        before = project(state)
        begun = running(before, kind)
        assert not ends(before, begun)
        assert not ends(begun, at_step(begun, "build"))
        ended = lifecycle.end(begun, outcome(begun, ok=False)).project
        assert ends(begun, ended)
        assert ends(before, ended)


def with_question() -> Project:
    return rollback_asked(project(State.IDLE, lineage=(deployed("1.0.0"), deployed("1.1.0"))))


def rolling_back() -> Project:
    at = project(State.VERIFYING, lineage=(deployed("1.1.0"),))
    plan = rollback.plan_rollback(at, reason="bad", cause=Cause.VERIFICATION_FAILED, now=SOAKED.wall)
    assert plan is not None
    following, ended = operation(at, OperationKind.ROLLBACK), outcome(at, ok=False)
    return rollback.start_rollback(
        at, plan, following, event=Event.VERIFICATION_FAILED, actor="sentinel", outcome=ended
    ).project


def abandoned(at: Project) -> Project:
    return lifecycle.abandon(at, AGENT, "no", NOON).project


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (project(State.STAGING), project(State.SOAKING)),
        (project(State.SOAKING), project(State.AWAITING_APPROVAL)),
        (project(State.AWAITING_APPROVAL), claimed()),
        (project(State.IDLE, lineage=(deployed("1.0.0"), deployed("1.1.0"))), with_question()),
        (project(State.VERIFYING, lineage=(deployed("1.1.0"),)), rolling_back()),
        (rolling_back(), project(State.HALTED, lineage=(deployed("1.1.0"),))),
        (project(State.IDLE), project(State.ACTIVE)),
        (project(State.ACTIVE), lifecycle.close_sprint(project(State.ACTIVE), PERSON).project),
        (project(State.ACTIVE), project(State.ACTIVE).model_copy(update={"sprint": sprint("another")})),
        (project(State.ACTIVE), project(State.ACTIVE, pin=PIN)),
        (project(State.ACTIVE), project(State.ACTIVE).model_copy(update={"open_high_findings": 1})),
        (project(State.RELEASE_CANDIDATE), abandoned(project(State.RELEASE_CANDIDATE))),
    ],
    ids=lambda at: at.state,
)
def test_what_somebody_may_act_on_ends_a_wait(before: Project, after: Project) -> None:
    assert ends(before, after)
    assert not ends(after, after)


def test_the_end_of_the_soak_ends_a_wait() -> None:
    at = project(State.SOAKING)
    soaking = attention(at, instant(SOAK - timedelta(seconds=1)))
    assert calls_for_somebody(soaking, attention(at, SOAKED))
    assert not calls_for_somebody(soaking, attention(at, instant(SOAK - timedelta(milliseconds=1))))


def test_every_way_into_a_state_that_rests_ends_a_wait(found: Exploration) -> None:
    for edge in found.edges:
        if edge.after.operation is None and edge.after.state is not edge.before.state:
            assert all(calls_for_somebody(attention(edge.before, at), attention(edge.after, at)) for at in TIMES)
