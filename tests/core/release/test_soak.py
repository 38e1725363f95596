"""The soak timer: a stored deadline that no clock can shorten."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.release.model import Soak
from sentinel.core.values.times import Instant
from tests.core.projects import NOON, SOAK, instant

NONE = timedelta(0)
SECOND = timedelta(seconds=1)
MONTH = timedelta(days=30)
STARTED = Soak(started=instant(), length=SOAK)

lengths = st.timedeltas(timedelta(milliseconds=1), MONTH)
steps = st.timedeltas(NONE, MONTH)
jumps = st.timedeltas(-MONTH, MONTH)


def moment(wall: timedelta, boot: timedelta) -> Instant:
    """The clocks at some time after the soak began on the same boot, each as it shows it."""
    return Instant(wall=NOON + wall, boot_id=instant().boot_id, boot_seconds=instant(boot).boot_seconds)


@pytest.mark.requirement("P2.2-message")
@pytest.mark.parametrize(
    ("length", "after", "shown"),
    [
        ("10m", timedelta(seconds=15), "09:45"),
        ("2h", timedelta(minutes=50, seconds=15), "1:09:45"),
        ("10m", timedelta(seconds=15.001), "09:45"),
        ("10m", timedelta(seconds=14.999), "09:46"),
        ("10m", NONE, "10:00"),
        ("10m", timedelta(minutes=10) - timedelta(microseconds=1), "00:01"),
    ],
)
def test_too_early_a_request_is_answered_with_the_time_that_is_left(length: str, after: timedelta, shown: str) -> None:
    soak = Soak.model_validate({"started": instant(), "length": length})
    assert soak.violation(instant(after)) == f"Soak Time Violation. Production unlock in {shown}."
    assert not soak.is_over(instant(after))


def test_it_is_over_at_its_deadline_and_stays_so() -> None:
    assert STARTED.until == NOON + SOAK
    assert STARTED.is_over(instant(SOAK))
    assert STARTED.is_over(instant(SOAK + MONTH))


@given(length=lengths, wall=jumps, boot=jumps, same=st.booleans())
def test_what_remains_is_never_negative(length: timedelta, wall: timedelta, boot: timedelta, *, same: bool) -> None:
    now = moment(wall, boot).model_copy(update={} if same else {"boot_id": "boot-2"})
    soak = Soak(started=instant(), length=length)
    assert soak.remaining(now) >= NONE
    assert soak.is_over(now) is (soak.remaining(now) == NONE)


@given(length=lengths, wall=jumps, boot=steps, wall_step=steps, boot_step=steps)
def test_what_remains_never_grows_while_both_clocks_go_on(
    length: timedelta, wall: timedelta, boot: timedelta, wall_step: timedelta, boot_step: timedelta
) -> None:
    soak = Soak(started=instant(), length=length)
    later = soak.remaining(moment(wall + wall_step, boot + boot_step))
    assert later <= soak.remaining(moment(wall, boot))


@given(length=lengths, jump=steps, elapsed=steps)
def test_a_clock_set_forward_does_not_shorten_it_on_the_same_boot(
    length: timedelta, jump: timedelta, elapsed: timedelta
) -> None:
    soak = Soak(started=instant(), length=length)
    assert abs(soak.remaining(moment(elapsed + jump, elapsed)) - soak.remaining(instant(elapsed))) < SECOND


@given(length=lengths, wall=jumps, boot=steps)
def test_both_clocks_must_have_gone_on_for_its_length(length: timedelta, wall: timedelta, boot: timedelta) -> None:
    soak = Soak(started=instant(), length=length)
    if soak.is_over(moment(wall, boot)):
        assert wall >= length
        assert boot > length - timedelta(milliseconds=1)


@given(length=lengths, wall=jumps, boot=jumps)
def test_after_another_boot_the_wall_clock_alone_decides(length: timedelta, wall: timedelta, boot: timedelta) -> None:
    now = moment(wall, boot).model_copy(update={"boot_id": "boot-2"})
    assert Soak(started=instant(), length=length).remaining(now) == max(NONE, length - wall)


def test_it_is_stored_and_read_back_unchanged() -> None:
    assert Soak.model_validate_json(STARTED.model_dump_json()) == STARTED
