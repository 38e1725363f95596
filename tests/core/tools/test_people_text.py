"""What a person reads of a status: commands of their own in every state, and never an agent's tool to call."""

import re

import pytest

from sentinel.core.policy.pinning import Pin, PinnedFile
from sentinel.core.release.model import OperationKind
from sentinel.core.release.states import PDV_FAILURE, State
from sentinel.core.tools.catalog import Tool
from sentinel.core.tools.status import ReleaseStatus, status_of
from sentinel.core.tools.status_text import person_steps, person_text
from sentinel.core.values.screen import Screen
from sentinel.core.values.times import Instant
from tests.core.projects import NOON, POLICY, SOAKED, deployed, instant, project, running

PIN = Pin(
    commit="c" * 40,
    files=(PinnedFile(path="sentinel.toml", sha256="b" * 64),),
    digest="f" * 64,
    policy=POLICY,
    by="person:ada",
    at=NOON,
)
CALL = re.compile("|".join(f"`{tool.value}" for tool in Tool))


def status(state: State, now: Instant = SOAKED) -> ReleaseStatus:
    lineage = (deployed("1.0.0"), deployed("1.1.0"))
    return status_of(project(state, pin=PIN, lineage=lineage), now, trust="advisory")


@pytest.mark.parametrize("state", State)
def test_in_every_state_a_person_is_told_what_they_can_do(state: State) -> None:
    found = status(state)
    steps = person_steps(found)
    assert steps
    assert not any(CALL.search(step) for step in steps), steps
    assert all("`sentinel " in step or "your agent" in step or "A person" in step for step in steps), steps


@pytest.mark.parametrize("state", State)
def test_the_sentence_stands_first_and_no_line_is_too_long(state: State) -> None:
    lines = person_text(status(state), Screen(width=80)).splitlines()
    assert lines[1 if lines[0] == PDV_FAILURE else 0].startswith(state)
    assert lines[lines.index("") + 1].startswith("Next: ")
    assert max(map(len, lines)) <= 80


def test_a_soak_counts_down_and_then_says_that_it_is_over() -> None:
    early = person_text(status(State.SOAKING, instant()), Screen())
    assert "soak        10:00 left, until 2030-05-01 12:10:00 UTC" in early
    assert "Wait for the end of the soak" in early
    late = person_text(status(State.SOAKING), Screen())
    assert "soak        over since 2030-05-01 12:10:00 UTC" in late
    assert "Ask your agent to deploy v1.2.0 to production" in late


def test_an_open_question_is_the_first_thing_to_do() -> None:
    steps = person_steps(status(State.AWAITING_APPROVAL))
    assert steps[0].startswith("`sentinel approve` ")
    assert steps[0].endswith("until 2030-05-01 12:25:00 UTC.")


def test_where_the_console_has_an_address_the_question_s_page_is_named() -> None:
    found = status(State.AWAITING_APPROVAL)
    assert found.approval is not None
    asked = found.approval.model_copy(update={"url": "https://ship.example/projects/shop/question"})
    (first, *_) = person_steps(found.model_copy(update={"approval": asked}))
    assert first.startswith("`sentinel approve`, or https://ship.example/projects/shop/question, shows")


def test_what_runs_is_followed_and_ended_by_commands() -> None:
    tests = running(project(State.ACTIVE), OperationKind.TESTS)
    steps = person_steps(status_of(tests, SOAKED, trust="advisory"))
    assert steps == ("`sentinel watch` follows it.", "`sentinel cancel` cancels it.")
    assert any("`sentinel rollback " in step for step in person_steps(status(State.VERIFYING)))


def test_nothing_from_outside_is_obeyed() -> None:
    hostile = status(State.IDLE).model_copy(update={"sprint": "\x1b[2J"})
    assert "\x1b" not in person_text(hostile, Screen(width=80))
