"""Calendars: what their events are, once and again and again, and that a hostile one costs a bounded time."""

import resource
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.adapters.calendar_events import (
    EVENTS_LIMIT,
    OCCURRENCES_LIMIT,
    Period,
    ProblemError,
    Times,
    read_events,
)
from sentinel.adapters.calendar_process import SIZE_LIMIT, Calendars
from sentinel.core.policy.windows import Span, Windows
from sentinel.errors.policy import CalendarError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PERIOD = Period(NOW - timedelta(days=8), NOW + timedelta(days=366), BERLIN)
WINDOWS = Windows(timezone="Europe/Berlin", calendar="freezes.ics")
OUTLOOK = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def calendar(*parts: str) -> bytes:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *parts, "END:VCALENDAR", "")
    return "\n".join(lines).replace("\n", "\r\n").encode()


def event(*lines: str, uid: str = "2", summary: str = "an audit") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT"])


def read(*parts: str) -> list[Times]:
    return read_events(calendar(*parts), PERIOD)


def local(*parts: str) -> list[tuple[str, str]]:
    """The times by the clocks of Berlin."""
    return [(_clock(start), _clock(end)) for start, end, _ in read(*parts)]


def _clock(at: datetime) -> str:
    return at.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M")


def test_an_event_is_a_time_in_its_zone_or_whole_days_in_that_of_the_windows() -> None:
    found = local(
        event("DTSTART;VALUE=DATE:20261220", "DTEND;VALUE=DATE:20270104"),
        event("DTSTART;TZID=America/New_York:20270110T090000", "DURATION:PT3H"),
        event("DTSTART:20270111T090000Z", "DTEND:20270111T100000Z"),
        event("DTSTART:20270112T090000", "DTEND:20270112T100000"),
        event("DTSTART;VALUE=DATE:20270113"),
        event("DTSTART;VALUE=DATE:20270201", "DURATION:P2D"),
        event("DTSTART:20270114T090000Z", "DTEND:20270114T100000Z", "STATUS:CANCELLED"),
        event("DTSTART;VALUE=DATE:20260101"),
    )
    assert found == [
        ("2026-12-20 00:00", "2027-01-04 00:00"),
        ("2027-01-10 15:00", "2027-01-10 18:00"),
        ("2027-01-11 10:00", "2027-01-11 11:00"),
        ("2027-01-12 09:00", "2027-01-12 10:00"),
        ("2027-01-13 00:00", "2027-01-14 00:00"),
        ("2027-02-01 00:00", "2027-02-03 00:00"),
    ]


def test_a_series_keeps_the_time_of_day_where_clocks_are_moved() -> None:
    friday = event("DTSTART;TZID=Europe/Berlin:20200103T150000", "DURATION:PT9H", "RRULE:FREQ=WEEKLY;BYDAY=FR")
    found = read(friday)
    assert {_clock(start)[11:] for start, _, _ in found[:-1]} == {"15:00"}
    assert len({start.hour for start, _, _ in found[:-1]}) == 2, "summer and winter differ in UTC"
    assert (_clock(found[0][0]), len(found)) == ("2026-11-27 15:00", 54)
    assert found[-1] == (PERIOD.last, found[-1][1], "recurring events of the calendar are known until 2027-12-01")
    nights = event("DTSTART;TZID=Europe/Berlin:20270326T220000", "DURATION:P1D", "RRULE:FREQ=DAILY;COUNT=3")
    assert local(nights)[1] == ("2027-03-27 22:00", "2027-03-28 22:00")
    skipped = event("DTSTART;TZID=Europe/Berlin:20270327T023000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=2")
    assert local(skipped)[1] == ("2027-03-28 03:30", "2027-03-28 03:45")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["2026-12-24", "2026-12-31", "2027-01-31"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261226", ["2026-12-24", "2026-12-25", "2026-12-26"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261225T235959Z", ["2026-12-24", "2026-12-25"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261224T230000Z", ["2026-12-24", "2026-12-25"]),
        ("RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=5", ["2026-12-24", "2027-12-01"]),
        ("RDATE;VALUE=DATE:20270501,20271003", ["2026-12-24", "2027-05-01", "2027-10-03"]),
        ("RRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261225,20261227", ["2026-12-24", "2026-12-26"]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261224", ["2026-12-25", "2026-12-26"]),
    ],
)
def test_whole_days_recur_by_rules_and_dates(rule: str, days: list[str]) -> None:
    found = local(event("DTSTART;VALUE=DATE:20261224", rule))
    assert [start[:10] for start, _ in found] == days


def test_one_time_of_a_series_can_be_moved_or_cancelled() -> None:
    series = event("DTSTART;TZID=Europe/Berlin:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4")
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261202T090000",
        "DTSTART;TZID=Europe/Berlin:20261202T140000",
        "DURATION:PT2H",
    )
    gone = event("RECURRENCE-ID:20261203T080000Z", "DTSTART:20261203T080000Z", "DURATION:PT1H", "STATUS:CANCELLED")
    other = event("RECURRENCE-ID:20261204T080000Z", "DTSTART:20261204T080000Z", "DURATION:PT3H", uid="3")
    assert local(series, moved, gone, other) == [
        ("2026-12-01 09:00", "2026-12-01 10:00"),
        ("2026-12-02 14:00", "2026-12-02 16:00"),
        ("2026-12-04 09:00", "2026-12-04 10:00"),
        ("2026-12-04 09:00", "2026-12-04 12:00"),
    ]


def test_a_period_of_an_rdate_has_its_own_end() -> None:
    first = event("DTSTART:20261201T080000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261202T080000Z/PT5H")
    assert local(first)[1] == ("2026-12-02 09:00", "2026-12-02 14:00")


def test_a_zone_that_the_calendar_describes_itself_is_understood() -> None:
    line = "DTSTART;TZID=Customized Time Zone:20270327T150000"
    assert local(OUTLOOK, event(line, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")) == [
        ("2027-03-27 15:00", "2027-03-27 16:00"),
        ("2027-03-28 15:00", "2027-03-28 16:00"),
    ]


DAILY = ("DTSTART:20270111T090000Z", "DURATION:PT1H")


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([event(*DAILY, "RRULE:FREQ=SECONDLY")], "recurs more often than daily"),
        ([event(*DAILY, "RRULE:FREQ=HOURLY;COUNT=3")], "recurs more often than daily"),
        ([event(*DAILY, "RRULE:FREQ=SOMETIMES")], "not understood|cannot be read"),
        ([event(*DAILY, "RRULE:FREQ=DAILY;BYDAY=XX")], "not understood|cannot be read"),
        ([event(*DAILY, "RRULE:FREQ=DAILY;COUNT=x")], "not understood|cannot be read"),
        ([event(*DAILY, "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6")], f"more than {OCCURRENCES_LIMIT} times"),
        ([event(*DAILY, "EXDATE:tomorrow")], "not understood|cannot be read"),
        ([event(*DAILY, "RDATE;TZID=Nowhere/Land:20270111T090000")], "Nowhere/Land is not known"),
        ([event(*DAILY, "RECURRENCE-ID;RANGE=THISANDFUTURE:20270111T090000Z")], "changes all later ones"),
        ([event("DTSTART:20270111T090000Z")], "does not end after it starts"),
        ([event("DTSTART:20270111T090000Z", "DTEND:20270110T090000Z")], "does not end after it starts"),
        ([event("DTSTART:20270111T090000Z", "DURATION:-PT1H")], "does not end after it starts"),
        ([event("DTSTART:20270111T090000Z", "DTEND;VALUE=DATE:20270112")], "one of them is a day"),
        ([event("DTSTART:tomorrow", "DTEND:20270110T090000Z")], "no usable start and end"),
        ([event("DTEND:20270110T090000Z")], "no usable start and end"),
        ([event("DTSTART;TZID=Nowhere/Land:20270111T090000", "DURATION:PT1H")], "the timezone Nowhere/Land is not"),
        (["BEGIN:VEVENT"], "cannot be read as iCalendar"),
        ([event(*DAILY, "RRULE;=:FREQ=DAILY")], "has a line that cannot be read"),
        ([event("DTSTART;VALUE=DATE:20261220", "DTEND 20270104")], "has a line that cannot be read"),
        ([event(*DAILY, "a line that was wrapped without a blank")], "has a line that cannot be read"),
        ([event("DTSTART;VALUE=DATE:20270101")] * (EVENTS_LIMIT + 1), "events; at most"),
    ],
)
def test_no_event_of_a_calendar_is_passed_over(events: list[str], problem: str) -> None:
    with pytest.raises(ProblemError, match=problem):
        read(*events)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: calendar(*text.split("\n"))))
def test_a_hostile_calendar_is_read_or_refused(file: bytes) -> None:
    with suppress(ProblemError):
        read_events(file, PERIOD)


async def test_a_calendar_is_read_in_a_process_of_its_own_once_a_day() -> None:
    file = calendar(event("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=DAILY;COUNT=2", summary="holi\u202edays"))
    calendars = Calendars()
    found = await calendars.spans(WINDOWS, file, NOW)
    assert found[0] == Span(
        start=datetime(2026, 12, 23, 23, tzinfo=UTC), end=datetime(2026, 12, 24, 23, tzinfo=UTC), reason=found[0].reason
    )
    assert "\u202e" not in found[0].reason
    assert len(found) == 2
    assert await calendars.spans(WINDOWS, file, NOW + timedelta(hours=1)) is found


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"x" * (SIZE_LIMIT + 1), "is larger than"),
        (calendar(event(*DAILY, "RRULE:FREQ=MINUTELY")), "more often than daily"),
        (calendar(*["BEGIN:VEVENT"] * 10_000), "cannot be read"),
    ],
)
async def test_a_hostile_calendar_costs_a_bounded_time(file: bytes, problem: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(CalendarError, match=problem) as refused:
        await Calendars().spans(WINDOWS, file, NOW)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "freezes.ics" in str(refused.value)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 6


ENDLESS = calendar(
    OUTLOOK.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "FREQ=SECONDLY"),
    event("DTSTART;TZID=Customized Time Zone:20270327T150000", "DURATION:PT1H"),
)


async def test_a_hostile_calendar_costs_its_time_once_however_often_and_by_how_many_it_is_asked_for() -> None:
    calendars, refused = Calendars(), 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    async def ask() -> None:
        nonlocal refused
        with pytest.raises(CalendarError, match=r"takes too long|too much memory"):
            await calendars.spans(WINDOWS, ENDLESS, NOW)
        refused += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    await ask()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert refused == 21
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 6


def test_the_daemon_loads_none_of_the_libraries_for_it() -> None:
    said = "import sys, sentinel.wiring; print([name for name in ('icalendar', 'dateutil') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-P", "-c", said], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
