"""When production is open: weekly windows and freezes, where clocks go forward and back too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.core.policy.model import Policy
from sentinel.core.policy.windows import DAYS, Freeze, Span, Windows, closed, closes_at, parse_weekly, sentence
from tests.core.projects import policy

BERLIN = "Europe/Berlin"
MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)


def windows(*weekly: str, zone: str = BERLIN, freeze: tuple[Freeze, ...] = (), spans: tuple[Span, ...] = ()) -> Windows:
    return Windows(timezone=zone, open=weekly or None, freeze=freeze, spans=spans)


def frozen(first: str, until: str, reason: str = "holidays") -> Freeze:
    return Freeze.model_validate({"from": first, "until": until, "reason": reason})


def local(text: str, zone: str = BERLIN, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def opens(found: Windows, at: datetime) -> datetime | None:
    """The next opening; `at` itself where it is open."""
    closing = closed(found, at)
    return at if closing is None else closing.opens_at


def test_without_windows_production_is_always_open() -> None:
    assert closed(None, local("2026-12-24T03:00")) is None
    assert closes_at(None, local("2026-12-24T03:00")) is None


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-12-07T08:59", "2026-12-07T09:00"),
        ("2026-12-07T09:00", None),
        ("2026-12-10T15:59", None),
        ("2026-12-10T16:00", "2026-12-14T09:00"),
        ("2026-12-11T12:00", "2026-12-14T09:00"),
    ],
)
def test_a_window_is_open_from_its_first_minute_up_to_its_last(at: str, opening: str | None) -> None:
    closing = closed(windows("Mon-Thu 09:00-16:00"), local(at))
    assert (closing.opens_at if closing else None) == (local(opening) if opening else None)


def test_an_overnight_window_belongs_to_the_day_on_which_it_starts() -> None:
    night = windows("Fri 22:00-02:00")
    assert opens(night, local("2026-12-11T01:00")) == local("2026-12-11T22:00")
    assert closed(night, local("2026-12-12T01:59")) is None
    assert opens(night, local("2026-12-12T02:00")) == local("2026-12-18T22:00")
    assert closes_at(night, local("2026-12-11T23:00")) == local("2026-12-12T02:00")


def test_days_may_go_over_the_weekend_and_a_day_has_24_hours() -> None:
    assert parse_weekly("Fri-Mon 00:00-24:00").days == {4, 5, 6, 0}
    assert parse_weekly("mon,WED 08:00-09:00").days == {0, 2}
    found = windows("Sat-Sun 00:00-24:00")
    assert closes_at(found, local("2026-12-12T12:00")) == local("2026-12-14T00:00")
    assert opens(found, local("2026-12-14T00:00")) == local("2026-12-19T00:00")
    assert closes_at(windows("Mon-Sun 00:00-24:00"), local("2026-12-12T12:00")) is None


def test_a_freeze_lasts_through_its_last_day_in_the_timezone() -> None:
    found = windows("Mon-Thu 09:00-16:00", freeze=(frozen("2026-12-20", "2027-01-03"),))
    always = windows(freeze=(frozen("2026-12-20", "2027-01-03"),))
    assert closes_at(always, local("2026-12-17T17:00")) == local("2026-12-20T00:00")
    closing = closed(found, local("2026-12-23T12:00"))
    assert closing is not None
    assert closing.opens_at == local("2027-01-04T09:00")
    assert closing.why == "Production is frozen from 2026-12-20 until 2027-01-03: holidays"
    assert opens(always, local("2027-01-03T23:59")) == local("2027-01-04T00:00")
    assert closed(always, local("2027-01-04T00:00")) is None


def test_of_freezes_that_overlap_the_one_that_lasts_longest_is_told() -> None:
    found = windows(freeze=(frozen("2026-12-01", "2026-12-31", "audit"), frozen("2026-12-20", "2027-01-03")))
    closing = closed(found, local("2026-12-24T12:00"))
    assert closing is not None
    assert closing.why.endswith("holidays")
    assert closing.opens_at == local("2027-01-04T00:00")


def test_freezes_that_follow_each_other_are_left_behind_together() -> None:
    days = [date(2026, 12, 1) + timedelta(days=number) for number in range(200)]
    one_each = tuple(Freeze.model_validate({"from": day, "until": day, "reason": "no"}) for day in days)
    assert opens(windows(freeze=one_each), local("2026-12-01T12:00")) == local("2027-06-19T00:00")


def test_a_time_that_no_clock_shows_opens_nothing() -> None:
    """On 2027-03-28 clocks in Berlin go from 02:00 to 03:00."""
    assert opens(windows("Sun 02:15-02:45"), local("2027-03-27T12:00")) == local("2027-04-04T02:15")
    assert opens(windows("Sun 02:30-05:00"), local("2027-03-28T01:00")) == local("2027-03-28T03:00")
    assert closes_at(windows("Sun 01:00-02:30"), local("2027-03-28T01:30")) == local("2027-03-28T03:00")


def test_a_time_that_is_shown_twice_is_open_twice() -> None:
    """On 2027-10-31 clocks in Berlin go from 03:00 back to 02:00."""
    found = windows("Sun 02:15-02:45")
    again = local("2027-10-31T02:15", fold=1)
    assert again - local("2027-10-31T02:15") == timedelta(hours=1)
    assert opens(found, local("2027-10-31T02:45")) == again
    assert closes_at(found, again) == local("2027-10-31T02:45", fold=1)
    back = windows("Sun 02:30-05:00")
    assert closes_at(back, local("2027-10-31T02:30")) == local("2027-10-31T02:00", fold=1)


def test_the_length_of_a_window_follows_the_clocks() -> None:
    night = windows("Sat 22:00-06:00")
    assert closes_at(night, local("2027-03-27T22:00")) == local("2027-03-27T22:00") + timedelta(hours=7)
    evening = local("2027-10-30T22:00")
    assert closes_at(night, evening) == evening + timedelta(hours=9)


def test_a_zone_that_changes_at_midnight_has_a_first_moment_of_that_day() -> None:
    """In Beirut 2027-03-28 begins at 01:00."""
    found = windows(zone="Asia/Beirut", freeze=(frozen("2027-03-27", "2027-03-27"),))
    opening = opens(found, datetime(2027, 3, 27, 12, tzinfo=UTC))
    assert opening is not None
    shown = opening.astimezone(ZoneInfo("Asia/Beirut"))
    assert shown.date() == date(2027, 3, 28)
    assert (opening - MINUTE).astimezone(ZoneInfo("Asia/Beirut")).date() == date(2027, 3, 27)


ZONES = ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Asia/Beirut"]
# Around the days on which clocks are moved there, and where they are not.
STARTS = ["2027-03-12", "2027-03-26", "2027-04-02", "2027-10-01", "2027-10-29", "2027-11-05", "2027-01-15"]


@st.composite
def written(draw: st.DrawFn) -> str:
    first, last = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    start, end = draw(st.integers(0, 95)), draw(st.integers(1, 96))
    if start == end:
        end = start + 1
    times = "-".join(f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (start, end))
    return f"{DAYS[first]}-{DAYS[last]} {times}"


def is_shown(found: Windows, at: datetime) -> bool:
    """By what the clock shows, written a second time."""
    shown = at.astimezone(ZoneInfo(found.timezone))
    minutes = (shown.weekday() * 24 + shown.hour) * 60 + shown.minute
    week = 7 * 24 * 60
    for text in found.open or ():
        days, times = text.split(" ")
        start, end = (int(part[:2]) * 60 + int(part[3:]) for part in times.split("-"))
        length = (end - start) % (24 * 60) or 24 * 60
        first, last = (DAYS.index(day) for day in days.split("-"))
        for more in range((last - first) % 7 + 1):
            if (minutes - ((first + more) % 7 * 24 * 60 + start)) % week < length:
                return not any(f.first <= shown.date() <= f.until for f in found.freeze)
    return False


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    weekly=st.lists(written(), min_size=1, max_size=2),
    start=st.sampled_from(STARTS),
    after=st.integers(0, 4 * 24 * 4),
    freeze=st.tuples(st.integers(0, 5), st.integers(0, 3)),
)
def test_what_is_said_of_every_moment_is_what_the_clock_shows(
    zone: str, weekly: list[str], start: str, after: int, freeze: tuple[int, int]
) -> None:
    """Open and closed, and when that changes next, against a look at every quarter of an hour."""
    begins = date.fromisoformat(start) + timedelta(days=freeze[0])
    cold = Freeze.model_validate({"from": begins, "until": begins + timedelta(days=freeze[1]), "reason": "x"})
    found = windows(*weekly, zone=zone, freeze=(cold,))
    at = datetime.fromisoformat(start).replace(tzinfo=UTC) + after * QUARTER
    closing = closed(found, at)
    assert (closing is None) == is_shown(found, at)
    change = closing.opens_at if closing is not None else closes_at(found, at)
    looked = at
    while is_shown(found, looked) == is_shown(found, at) and looked < at + timedelta(days=12):
        looked += QUARTER
    assert change is None or change >= looked
    if looked < at + timedelta(days=12):
        assert change == looked


def test_the_sentence_says_why_and_when_and_how_long() -> None:
    found = windows("Mon-Thu 09:00-16:00", freeze=(frozen("2026-12-20", "2027-01-03"),))
    at = local("2026-12-07T08:30")
    closing = closed(found, at)
    assert closing is not None
    assert sentence(closing, found, at) == (
        "The production window is closed: it is open Mon-Thu 09:00-16:00 (Europe/Berlin). "
        "The next window opens Mon 2026-12-07 09:00 Europe/Berlin, in 30:00."
    )
    at = local("2026-12-24T12:00")
    closing = closed(found, at)
    assert closing is not None
    assert sentence(closing, found, at) == (
        "Production is frozen from 2026-12-20 until 2027-01-03: holidays. "
        "The next window opens Mon 2027-01-04 09:00 Europe/Berlin, in 10 days."
    )


def test_an_event_of_a_calendar_is_told_with_its_end() -> None:
    span = Span(start=local("2026-12-20T00:00"), end=local("2027-01-04T00:00"), reason="holidays")
    found = policy(production={"windows": {"timezone": BERLIN, "calendar": "freezes.ics"}}).with_spans((span,))
    assert Policy.model_validate_json(found.model_dump_json()) == found
    closing = closed(found.production.windows, local("2026-12-24T12:00"))
    assert closing is not None
    assert closing.why == "Production is frozen until Mon 2027-01-04 00:00 Europe/Berlin: holidays"
    assert closing.opens_at == local("2027-01-04T00:00")
    assert found.as_written().production.windows == Windows(timezone=BERLIN, calendar="freezes.ics")
    assert policy().with_spans((span,)) == policy()


def test_production_stays_closed_on_a_machine_that_does_not_know_the_timezone() -> None:
    """What another replica has stored is read all the same."""
    found = Windows.model_validate({"timezone": "Atlantis/Capital", "open": ["Mon-Sun 00:00-24:00"]})
    at = local("2026-12-24T12:00")
    closing = closed(found, at)
    assert closing is not None
    assert sentence(closing, found, at) == (
        "This machine does not know the timezone Atlantis/Capital of the production windows: install tzdata."
    )
    assert closes_at(found, at) is None
