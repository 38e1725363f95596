"""The transition table has the protocol's transitions, and everything that it does not name is refused."""

from itertools import product

import pytest

from sentinel.core.release.states import TRANSITIONS, Event, State, decide
from sentinel.errors.release import IllegalTransitionError

DESIGN: dict[tuple[str, str], str] = {
    ("IDLE", "sprint started"): "ACTIVE",
    ("ACTIVE", "candidate accepted"): "RELEASE_CANDIDATE",
    ("ACTIVE", "candidate refused"): "ACTIVE",
    ("ACTIVE", "sprint closed"): "IDLE",
    ("RELEASE_CANDIDATE", "staging started"): "STAGING",
    ("SOAKING", "staging started"): "STAGING",
    ("STAGING", "staging passed"): "SOAKING",
    ("STAGING", "staging failed"): "RELEASE_CANDIDATE",
    ("SOAKING", "approval requested"): "AWAITING_APPROVAL",
    ("AWAITING_APPROVAL", "deployment started"): "DEPLOYING",
    ("AWAITING_APPROVAL", "approval spent"): "SOAKING",
    ("DEPLOYING", "deployment passed"): "VERIFYING",
    ("DEPLOYING", "deployment failed"): "ROLLING_BACK",
    ("VERIFYING", "verification failed"): "ROLLING_BACK",
    ("VERIFYING", "deployment failed"): "ROLLING_BACK",
    ("VERIFYING", "verification passed"): "ARCHIVED",
    ("VERIFYING", "verification blind"): "HALTED",
    ("ARCHIVED", "release closed"): "IDLE",
    ("IDLE", "rollback started"): "ROLLING_BACK",
    ("ACTIVE", "rollback started"): "ROLLING_BACK",
    ("RELEASE_CANDIDATE", "rollback started"): "ROLLING_BACK",
    ("STAGING", "rollback started"): "ROLLING_BACK",
    ("SOAKING", "rollback started"): "ROLLING_BACK",
    ("AWAITING_APPROVAL", "rollback started"): "ROLLING_BACK",
    ("DEPLOYING", "rollback started"): "ROLLING_BACK",
    ("VERIFYING", "rollback started"): "ROLLING_BACK",
    ("ARCHIVED", "rollback started"): "ROLLING_BACK",
    ("HALTED", "rollback started"): "ROLLING_BACK",
    ("ROLLING_BACK", "rollback passed"): "ACTIVE",
    ("ROLLING_BACK", "rollback failed"): "HALTED",
    ("HALTED", "resolved"): "ACTIVE",
    ("RELEASE_CANDIDATE", "release abandoned"): "ACTIVE",
    ("SOAKING", "release abandoned"): "ACTIVE",
    ("AWAITING_APPROVAL", "release abandoned"): "ACTIVE",
    **{(str(state), "history lost"): "HALTED" for state in State if state is not State.HALTED},
}
"""Every row of the design's table, one for each state that it starts from, while a sprint is open."""

WITHOUT_SPRINT = DESIGN | {("ROLLING_BACK", "rollback passed"): "IDLE", ("HALTED", "resolved"): "IDLE"}
"""Where the design says ACTIVE because a sprint goes on, there is none to go on with."""


@pytest.mark.requirement("P5-dynamic")
@pytest.mark.parametrize(("sprint_open", "table"), [(True, DESIGN), (False, WITHOUT_SPRINT)])
def test_the_machine_follows_the_table_of_the_design(*, sprint_open: bool, table: dict[tuple[str, str], str]) -> None:
    found = {(row.source, row.event): decide(row.source, row.event, sprint_open=sprint_open) for row in TRANSITIONS}
    assert {(str(state), str(event)): str(target) for (state, event), target in found.items()} == table


def test_no_row_stands_twice() -> None:
    assert len({(row.source, row.event) for row in TRANSITIONS}) == len(TRANSITIONS)


@pytest.mark.parametrize("sprint_open", [True, False])
def test_everything_that_is_not_in_the_table_is_refused(*, sprint_open: bool) -> None:
    others = [pair for pair in product(State, Event) if pair not in DESIGN]
    assert len(others) == len(State) * len(Event) - len(DESIGN)
    for state, event in others:
        with pytest.raises(IllegalTransitionError, match=f"The event `{event}` is not allowed in state {state}"):
            decide(state, event, sprint_open=sprint_open)


def test_every_state_is_entered_and_left() -> None:
    assert {row.source for row in TRANSITIONS} == set(State)
    assert {row.target for row in TRANSITIONS} == set(State)
    assert {row.event for row in TRANSITIONS} == set(Event)
