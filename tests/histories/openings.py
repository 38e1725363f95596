"""Windows of production as policies name them, each with the times in which they are closed, written out once more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tests.histories.clock import NOON

CALENDAR = "closed.ics"
Spans = tuple[tuple[datetime, datetime], ...]
_DAYS = tuple(NOON.date() + timedelta(days=number) for number in range(-3, 5))


@dataclass(frozen=True, slots=True)
class Opening:
    """`closed` are the spans near the time of a history in which nothing may go to production, in order and apart."""

    name: str
    policy: str = ""
    calendar: str = ""
    closed: Spans = ()

    def is_closed(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.closed)

    def opens(self, at: datetime) -> datetime | None:
        """The end of the span that `at` is in; None where no end is in sight."""
        end = next(end for start, end in self.closed if start <= at < end)
        return end if end < _END else None


def _at(day: int, clock: str) -> datetime:
    return datetime.combine(_DAYS[3] + timedelta(days=day), time.fromisoformat(clock), UTC)


_END = _at(4, "00:00")


def _each_day(first: str, last: str) -> Iterator[tuple[datetime, datetime]]:
    for day in range(-3, 4):
        yield _at(day, first), _at(day, last) if last != "24:00" else _at(day + 1, "00:00")


def _windows(text: str) -> str:
    return f"[production.windows]\n{text}\n"


def _event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def _calendar(*events: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//history//EN\r\n{''.join(events)}END:VCALENDAR\r\n"


ALWAYS = Opening("always")
OPENINGS = (
    ALWAYS,
    Opening(
        "until 12:01",
        _windows('timezone = "UTC"\nopen = ["Mon-Sun 00:00-12:01"]'),
        closed=tuple(_each_day("12:01", "24:00")),
    ),
    Opening(
        "from 12:01, over midnight in Berlin",
        _windows('timezone = "Europe/Berlin"\nopen = ["Mon-Sun 14:01-02:00"]'),
        closed=tuple(_each_day("00:00", "12:01")),
    ),
    Opening(
        "until 12:02 in two that touch",
        _windows('timezone = "UTC"\nopen = ["Mon-Sun 00:00-12:01", "Mon-Sun 12:01-12:02"]'),
        closed=tuple(_each_day("12:02", "24:00")),
    ),
    Opening(
        "frozen for half a minute",
        _windows(f'timezone = "America/New_York"\ncalendar = "{CALENDAR}"'),
        _calendar(_event("DTSTART:20300501T120020Z", "DTEND:20300501T120050Z", "SUMMARY:Half a minute")),
        closed=((_at(0, "12:00:20"), _at(0, "12:00:50")),),
    ),
    Opening(
        "frozen today",
        _windows('timezone = "UTC"\nfreeze = [{ from = 2030-05-01, until = 2030-05-01, reason = "a holiday" }]'),
        closed=((_at(0, "00:00"), _at(1, "00:00")),),
    ),
    Opening(
        "frozen for good",
        _windows('timezone = "UTC"\nfreeze = [{ from = 2000-01-01, until = 2999-12-31, reason = "we are closed" }]'),
        closed=((_at(-3, "00:00"), _END),),
    ),
)
