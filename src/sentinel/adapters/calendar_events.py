"""The events of an iCalendar file near one moment, as times; a program of its own, which `calendar_process.py` runs.

Its libraries read whatever a file says, which can take for ever: a rule that recurs each second, or never. So the
process has limits, and the daemon loads none of it.
"""

import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar

from sentinel.core.values.printable import printable

EVENTS_LIMIT = 1000
OCCURRENCES_LIMIT = 1000
"""Times in which production is closed; each is stored with the release."""
CPU_SECONDS = 3
MEMORY = 1024 * 1024 * 1024
_SUMMARY = 200
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_ONE_DAY = timedelta(days=1)
_END = datetime(9000, 1, 1, tzinfo=UTC)
_FAULTS = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What the libraries raise over what they do not understand."""
Times = tuple[datetime, datetime, str]
Event = Mapping[str, Any]
"""What its properties are, depends on the file."""


class ProblemError(Exception):
    """A clause that says what cannot be used."""


@dataclass(frozen=True, slots=True)
class Period:
    """The time for which recurring events are looked up, and the zone in which days and times without a zone are."""

    first: datetime
    last: datetime
    zone: ZoneInfo


def read_events(file: bytes, period: Period) -> list[Times]:
    """Start, end and summary of each event that is not over before the period; of a recurring one, of each time in it.

    What recurs after the period is not known then, so production is closed for good from its end on. Nothing is passed
    over: an event that is not understood may be the one that counts. Raises ProblemError.
    """
    try:
        components = Calendar.from_ical(file).walk("VEVENT")
    except _FAULTS as error:
        raise ProblemError(f"It cannot be read as iCalendar: {error}") from None
    if len(components) > EVENTS_LIMIT:
        raise ProblemError(f"It has {len(components)} events; at most {EVENTS_LIMIT} are read")
    events = cast("list[Event]", components)
    # The library leaves out a line that it cannot read, and a rule or an end with it.
    for event, errors in zip(events, (one.errors for one in components), strict=True):
        _check_lines(event, [said for name, said in errors if name is None])
    moved = _moved(events, period)
    found: list[Times] = []
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        for each in _times_of(event, period, moved):
            goes_on = "RRULE" in event and each[0] >= period.last
            found.append(_unknown(period) if goes_on else each)
            if len(found) > OCCURRENCES_LIMIT:
                raise ProblemError(
                    f"Its events close production more than {OCCURRENCES_LIMIT} times by {period.last:%Y-%m-%d}"
                )
    return sorted(set(found))


def _check_lines(event: Event, left_out: Sequence[str]) -> None:
    if left_out:
        raise ProblemError(f"{_told(event)} has a line that cannot be read: {left_out[0]}")


def _unknown(period: Period) -> Times:
    return period.last, _END, f"recurring events of the calendar are known until {period.last:%Y-%m-%d}"


def _moved(events: Sequence[Event], period: Period) -> dict[str, set[datetime]]:
    """By series, the times that an event of their own replaces."""
    moved: dict[str, set[datetime]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            with _Told(event, "names no usable RECURRENCE-ID"):
                named = event["RECURRENCE-ID"]
                if "RANGE" in named.params:
                    raise ProblemError(
                        f"{_told(event)} changes all later ones (RANGE); make them a series of their own"
                    )
                moved.setdefault(str(event["UID"]), set()).add(_Moment.of(named, named.dt, period.zone).utc)
    return moved


def _times_of(event: Event, period: Period, moved: dict[str, set[datetime]]) -> Iterator[Times]:
    with _Told(event, "has no usable start and end"):
        start = _Moment.of(event["DTSTART"], event["DTSTART"].dt, period.zone)
        length = _Length.of(event, start, period.zone)
        if length.ends(start) <= start.utc:
            raise ProblemError(f"{_told(event)} does not end after it starts")
    summary = printable(" ".join(str(event.get("SUMMARY", "")).split()), limit=_SUMMARY) or "no summary"
    if "RECURRENCE-ID" in event:
        starts: Iterator[tuple[_Moment, datetime | None]] = iter([(start, None)])
    else:
        starts = _starts(event, start, period, moved.get(str(event.get("UID", "")), set()))
    with _Told(event, "recurs in a way that is not understood"):
        for each, ends in starts:
            end = ends or length.ends(each)
            if end > period.first:
                yield each.utc, end, summary


@dataclass(frozen=True, slots=True)
class _Moment:
    """By the clock of a zone; a whole day begins at its first moment."""

    local: datetime
    zone: tzinfo
    whole_day: bool

    @classmethod
    def of(cls, written: Any, found: object, zone: ZoneInfo) -> "_Moment":
        """Raises ValueError or TypeError."""
        if isinstance(found, datetime):
            if found.tzinfo is not None:
                return cls(found.replace(tzinfo=None), found.tzinfo, whole_day=False)
            if (named := written.params.get("TZID")) is not None:
                raise ValueError(f"the timezone {named} is not known")
            return cls(found, zone, whole_day=False)
        if isinstance(found, date):
            return cls(datetime.combine(found, time.min), zone, whole_day=True)
        raise TypeError(f"{found} is not a time")

    @property
    def utc(self) -> datetime:
        """A time that clocks skip is meant by the offset before, one that they show twice by its first pass."""
        return self.local.replace(tzinfo=self.zone).astimezone(UTC)

    def at(self, local: datetime) -> "_Moment":
        return _Moment(local, self.zone, self.whole_day)


@dataclass(frozen=True, slots=True)
class _Length:
    """`days` by the calendar, `exact` by the clock: where clocks are moved, a day is not 24 hours."""

    days: timedelta
    exact: timedelta

    @classmethod
    def of(cls, event: Event, start: _Moment, zone: ZoneInfo) -> "_Length":
        """Raises ValueError where the end is not of the start's kind."""
        if "DTEND" in event:
            end = _Moment.of(event["DTEND"], event["DTEND"].dt, zone)
            if end.whole_day is not start.whole_day:
                raise ValueError("one of them is a day and the other a time")
            return cls(end.local - start.local, timedelta()) if end.whole_day else cls(timedelta(), end.utc - start.utc)
        if "DURATION" in event:
            whole = event["DURATION"].dt
            if not isinstance(whole, timedelta):
                raise TypeError(f"{whole} is not a duration")
            return cls(timedelta(days=whole.days), whole - timedelta(days=whole.days))
        return cls(_ONE_DAY if start.whole_day else timedelta(), timedelta())

    def ends(self, start: _Moment) -> datetime:
        return start.at(start.local + self.days).utc + self.exact


def _starts(
    event: Event, start: _Moment, period: Period, moved: set[datetime]
) -> Iterator[tuple[_Moment, datetime | None]]:
    """Each start before the end of the period, and its end where one of its own is written."""
    with _Told(event, "recurs in a way that is not understood"):
        left_out = moved | {_Moment.of(one, found, period.zone).utc for one, found in _dates(event, "EXDATE")}
        added = [_added(one, found, period.zone) for one, found in _dates(event, "RDATE")]
        seen: set[datetime] = set()
        for each, end in [(start, None), *added, *((one, None) for one in _by_rules(event, start, period))]:
            # A series is looked up until the period ends; what is written by itself counts whenever it is.
            if each.utc not in left_out and each.utc not in seen:
                seen.add(each.utc)
                yield each, end


def _added(written: Any, found: object, zone: ZoneInfo) -> tuple[_Moment, datetime | None]:
    """Of an RDATE, which may be a period."""
    if not isinstance(found, tuple):
        return _Moment.of(written, found, zone), None
    start, end = found
    begins = _Moment.of(written, start, zone)
    return begins, begins.utc + end if isinstance(end, timedelta) else _Moment.of(written, end, zone).utc


def _dates(event: Event, name: str) -> Iterator[tuple[Any, object]]:
    for written in _all(event, name):
        for each in written.dts:
            yield written, each.dt


def _by_rules(event: Event, start: _Moment, period: Period) -> Iterator[_Moment]:
    """The last one is after the period, where the rule goes on."""
    for rule in _all(event, "RRULE"):
        often = {str(name).upper() for name in rule.get("FREQ", [])} & _TOO_OFTEN
        if often:
            raise ProblemError(f"{_told(event)} recurs more often than daily ({', '.join(often)})")
        until = [_until(one, start) for one in rule.get("UNTIL", [])]
        text = ";".join(part for part in rule.to_ical().decode().split(";") if not part.upper().startswith("UNTIL="))
        for local in rrulestr(text, dtstart=start.local):
            each = start.at(local)
            if any(local > end for end in until):
                break
            yield each
            if each.utc >= period.last:
                break


def _until(written: object, start: _Moment) -> datetime:
    """By the clock of the series."""
    if not isinstance(written, datetime):
        if not isinstance(written, date):
            raise TypeError(f"{written} is not a time")
        return datetime.combine(written, time.max)
    if written.tzinfo is None:
        return written
    local = written.astimezone(start.zone).replace(tzinfo=None)
    if start.whole_day and local.time() != time.min:  # then it is a day as UTC writes it, which RFC 5545 forbids
        return written.replace(tzinfo=None)
    return local


def _all(event: Event, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _told(event: Event) -> str:
    return f'The event "{printable(" ".join(str(event.get("SUMMARY", "")).split()), limit=_SUMMARY) or "no summary"}"'


class _Told:
    """Says which event it is that a library does not understand."""

    def __init__(self, event: Event, problem: str) -> None:
        self._event, self._problem = event, problem

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, _FAULTS):
            raise ProblemError(f"{_told(self._event)} {self._problem}: {error}") from None


def main() -> None:
    """`ZONE FIRST LAST`, and the file on standard input; what is found, or what is wrong with it, as JSON."""
    # The signal of the first limit tells who started this that it is the time; the second ends whatever ignores that.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    zone, first, last = sys.argv[1:]
    period = Period(datetime.fromisoformat(first), datetime.fromisoformat(last), ZoneInfo(zone))
    try:
        found = read_events(sys.stdin.buffer.read(), period)
        spans = [{"start": str(start), "end": str(end), "reason": reason} for start, end, reason in found]
        answer: dict[str, object] = {"spans": spans}
    except ProblemError as error:
        answer = {"problem": str(error)}
    except MemoryError:
        answer = {"problem": "It needs too much memory to read"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
