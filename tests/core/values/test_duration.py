"""Durations as people write them, and the countdown of the soak."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from sentinel.core.values.times import EXPECTED, Duration, countdown, parse_duration, write_duration

LONGEST = timedelta(days=30)
UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("10s", timedelta(seconds=10)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1ms", timedelta(milliseconds=1)),
        ("720h", LONGEST),
        ("43200m", LONGEST),
    ],
)
def test_a_number_and_a_unit_are_a_duration(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


GARBAGE: tuple[object, ...] = (
    "",
    "10",
    "s",
    "0s",
    "010s",
    "-10s",
    "+10s",
    "1.5h",
    "1e3s",
    "1_000s",
    "10 s",
    " 10s",
    "10s ",
    "10s\n",
    "10S",
    "10sec",
    "1h30m",
    "1d",
    "721h",
    "43201m",
    "999999999h",
    "\u0661\u0660s",
    "10\u017f",
    "10s\x00",
    10,
    1.5,
    True,
    None,
    ["10s"],
    {"s": 10},
)


@pytest.mark.parametrize("value", GARBAGE, ids=repr)
def test_anything_else_is_refused_with_what_is_expected(value: object) -> None:
    with pytest.raises(ValueError, match="a duration such as 500ms, 10s, 15m or 2h, at most 720h") as caught:
        parse_duration(value)
    assert str(caught.value) == EXPECTED


@given(number=st.integers(1, 99_999_999), unit=st.sampled_from(sorted(UNITS)))
def test_what_is_parsed_is_written_so_that_it_parses_to_the_same(number: int, unit: str) -> None:
    length = number * UNITS[unit]
    if length > LONGEST:
        with pytest.raises(ValueError, match="at most 720h"):
            parse_duration(f"{number}{unit}")
        return
    assert parse_duration(f"{number}{unit}") == length
    written = write_duration(length)
    assert parse_duration(written) == length
    assert len(written) <= len(f"{number}{unit}")


@given(st.text())
def test_no_text_is_parsed_to_what_is_no_duration(text: str) -> None:
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) < length <= LONGEST


def test_a_stored_duration_is_read_back_and_stays_what_it_was() -> None:
    class Stored(BaseModel):
        length: Duration

    stored = Stored(length=timedelta(minutes=90))
    assert stored.model_dump_json() == '{"length":"90m"}'
    assert Stored.model_validate_json(stored.model_dump_json()) == stored


@pytest.mark.parametrize(
    ("remaining", "shown"),
    [
        (timedelta(minutes=9, seconds=45), "09:45"),
        (timedelta(hours=1, minutes=9, seconds=45), "1:09:45"),
        (timedelta(minutes=59, seconds=59), "59:59"),
        (timedelta(minutes=59, seconds=59, microseconds=1), "1:00:00"),
        (timedelta(hours=100), "100:00:00"),
        (timedelta(microseconds=1), "00:01"),
        (timedelta(0), "00:00"),
        (timedelta(seconds=-5), "00:00"),
    ],
)
def test_a_countdown_is_minutes_and_seconds_rounded_up_and_hours_where_there_are_any(
    remaining: timedelta, shown: str
) -> None:
    assert countdown(remaining) == shown


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_countdown_never_promises_less_than_what_is_left_and_at_most_a_second_more(remaining: timedelta) -> None:
    shown = timedelta(0)
    for part in countdown(remaining).split(":"):
        shown = shown * 60 + timedelta(seconds=int(part))
    assert remaining <= shown < remaining + timedelta(seconds=1)
