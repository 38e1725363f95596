"""Moments on two clocks, and what a clock alone changes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.release.change import next_deadline
from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.values.times import Instant
from tests.core.projects import NOON, SOAK, SOAKED, claimed, deployed, instant, project, rollback_asked

HOUR = timedelta(hours=1)


def shifted(after: timedelta, *, wall: timedelta = timedelta(0), boot: str = "boot-1") -> Instant:
    """`after` noon, by a wall clock that is `wall` ahead."""
    now = instant(after, boot=boot)
    return now.model_copy(update={"wall": now.wall + wall})


@pytest.mark.parametrize(
    ("now", "elapsed"),
    [
        (shifted(HOUR), HOUR),
        (shifted(HOUR, wall=10 * HOUR), HOUR),
        (shifted(HOUR, wall=-HOUR), timedelta(0)),
        (shifted(HOUR, wall=-2 * HOUR), -HOUR),
        (shifted(HOUR, boot="boot-2"), HOUR),
        (shifted(HOUR, wall=HOUR, boot="boot-2"), 2 * HOUR),
    ],
    ids=["same", "set forward", "set back", "set far back", "rebooted", "rebooted and set forward"],
)
def test_what_has_elapsed_is_what_both_clocks_say(now: Instant, elapsed: timedelta) -> None:
    assert instant().elapsed_to(now) == elapsed


@pytest.mark.parametrize(
    ("now", "elapsed"),
    [
        (shifted(HOUR), HOUR),
        (shifted(HOUR, wall=10 * HOUR), 11 * HOUR),
        (shifted(HOUR, wall=-HOUR), HOUR),
        (shifted(HOUR, boot="boot-2"), HOUR),
        (shifted(HOUR, wall=-2 * HOUR, boot="boot-2"), -HOUR),
    ],
    ids=["same", "set forward", "set back", "rebooted", "rebooted and set back"],
)
def test_what_must_not_look_younger_is_as_old_as_either_clock_says(now: Instant, elapsed: timedelta) -> None:
    assert instant().longest_to(now) == elapsed


@pytest.mark.parametrize(
    ("now", "elapsed"),
    [
        (shifted(HOUR), HOUR),
        (shifted(HOUR, wall=10 * HOUR), HOUR),
        (shifted(HOUR, wall=-10 * HOUR), HOUR),
        (shifted(HOUR, wall=HOUR, boot="boot-2"), 2 * HOUR),
        (shifted(HOUR, wall=-2 * HOUR, boot="boot-2"), -HOUR),
    ],
    ids=["same", "set forward", "set back", "rebooted, set forward", "rebooted, set back"],
)
def test_what_is_measured_on_one_boot_is_no_matter_of_the_wall_clock(now: Instant, elapsed: timedelta) -> None:
    assert instant().measured_to(now) == elapsed


@given(after=st.timedeltas(timedelta(0), 24 * HOUR), wall=st.timedeltas(-24 * HOUR, 24 * HOUR))
def test_no_wall_clock_makes_time_pass_faster_on_one_boot(after: timedelta, wall: timedelta) -> None:
    assert instant().elapsed_to(shifted(after, wall=wall)) <= after + timedelta(microseconds=1)


def asking(at: Project, expires: timedelta) -> Project:
    asked = rollback_asked(at)
    assert asked.rollback_approval is not None
    approval = asked.rollback_approval.model_copy(update={"expires_at": SOAKED.wall + expires})
    return asked.model_copy(update={"rollback_approval": approval})


LINEAGE = (deployed("1.0.0"), deployed("1.1.0"))
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("at", "after_noon"),
    [
        (project(), None),
        (project(State.SOAKING), None),
        (project(State.AWAITING_APPROVAL), SOAK + QUARTER),
        (claimed(), None),
        (asking(project(lineage=LINEAGE), HOUR), SOAK + HOUR),
        (asking(project(State.AWAITING_APPROVAL, lineage=LINEAGE), HOUR), SOAK + QUARTER),
        (asking(project(State.AWAITING_APPROVAL, lineage=LINEAGE), SOAK), 2 * SOAK),
        (asking(claimed(lineage=LINEAGE), HOUR), SOAK + HOUR),
    ],
    ids=["idle", "soaking", "asked", "claimed", "rollback", "rollback later", "rollback sooner", "rollback alone"],
)
def test_the_next_deadline_is_the_first_open_questions(at: Project, after_noon: timedelta | None) -> None:
    assert next_deadline(at) == (NOON + after_noon if after_noon is not None else None)
