"""The events of an iCalendar file, as times in which production is not deployed to."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from sentinel.core.policy.model import Policy
from sentinel.core.policy.windows import Span, Windows
from sentinel.core.values.printable import printable
from sentinel.errors.policy import CalendarError

if TYPE_CHECKING:
    from icalendar import Component

EVENTS_LIMIT = 1000
SIZE_LIMIT = 256 * 1024
_SUMMARY = 200
_RECURS = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


def with_calendar(policy: Policy, file: bytes | None) -> Policy:
    """The policy with what the calendar that it names holds. Raises CalendarError."""
    windows = policy.production.windows
    if windows is None or windows.calendar is None:
        return policy
    if file is None:
        raise CalendarError(file=windows.calendar, problem="The file does not exist at this commit")
    read = windows.model_copy(update={"spans": tuple(_spans(windows, windows.calendar, file))})
    return policy.model_copy(update={"production": policy.production.model_copy(update={"windows": read})})


def _spans(windows: Windows, name: str, file: bytes) -> Iterator[Span]:
    """Nothing is passed over: an event that is not understood is an error, since it may be the one that counts."""
    from icalendar import Calendar  # noqa: PLC0415 - a quarter of a second, which few policies need

    if len(file) > SIZE_LIMIT:
        raise _fault(name, f"It is larger than {SIZE_LIMIT} bytes")
    try:
        events = Calendar.from_ical(file).walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise _fault(name, f"It cannot be read as iCalendar: {error}") from None
    if len(events) > EVENTS_LIMIT:
        raise _fault(name, f"It has {len(events)} events; at most {EVENTS_LIMIT} are read")
    for event in events:
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield _span(windows, name, event)


def _span(windows: Windows, name: str, event: "Component") -> Span:
    summary = printable(" ".join(str(event.get("SUMMARY", "")).split()), limit=_SUMMARY) or "no summary"
    told = f'The event "{summary}"'
    if any(key in event for key in _RECURS):
        raise _fault(name, f"{told} recurs; write each time as an event of its own")
    try:
        start, end = (_moment(windows, event, key) for key in ("start", "end"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise _fault(name, f"{told} has no usable start and end: {error}") from None
    if end <= start:
        raise _fault(name, f"{told} does not end after it starts")
    return Span(start=start, end=end, reason=summary)


def _moment(windows: Windows, event: "Component", key: str) -> datetime:
    """A day begins, and a time without a zone is meant, in the zone of the windows."""
    written = event.get("DTSTART" if key == "start" else "DTEND")
    found = getattr(event, key)
    if not isinstance(found, datetime):
        if not isinstance(found, date):
            raise TypeError(f"{found} is not a time")
        return datetime.combine(found, time.min, windows.zone).astimezone(UTC)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if written is not None and (zone := written.params.get("TZID")) is not None:
        raise ValueError(f"the timezone {zone} is not known")
    return found.replace(tzinfo=windows.zone).astimezone(UTC)


def _fault(name: str, problem: str) -> CalendarError:
    return CalendarError(file=name, problem=printable(problem, limit=300))
