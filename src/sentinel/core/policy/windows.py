"""When production may be deployed to: weekly windows and freezes in one timezone.

A window is open while a wall clock in that timezone shows a time in it. When clocks go forward, a time that no clock
shows opens nothing; when they go back, a time that is shown twice is open twice.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from sentinel.core.policy.values import PathInside, Text
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import countdown

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WINDOW = 'days and times such as "Mon-Thu 09:00-16:00", "Tue,Fri 22:00-02:00" or "Sat-Sun 00:00-24:00"'
_DAY = f"(?:{'|'.join(DAYS)})"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WRITTEN = re.compile(rf"({_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*) ({_TIME})-({_TIME}|24:00)", re.IGNORECASE)
_LAST = "24:00"
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z0-9_+-]{0,30}(?:/[A-Z][A-Za-z0-9_+-]{0,30}){1,2}")
_ONE_DAY = timedelta(days=1)
_YEARS = range(2000, 3000)
_SEARCHED_DAYS = 16
"""A week, and the next one where clocks went forward over the only window of this one."""
_COUNTED = timedelta(hours=48)
"""Shorter waits are shown to the second, longer ones by days."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """A window on some days of the week, by Monday as 0; one that ends no later than it starts ends the next day."""

    days: frozenset[int]
    start: time
    end: time

    def shows(self, local: datetime) -> bool:
        """Whether a clock that shows `local` shows a time in this window."""
        today, now = local.weekday(), local.time()
        if not self._overnight:
            return today in self.days and self.start <= now and (self.end == time.min or now < self.end)
        return (today in self.days and now >= self.start) or ((today - 1) % 7 in self.days and now < self.end)

    @property
    def _overnight(self) -> bool:
        return self.end != time.min and self.end <= self.start


@lru_cache(maxsize=256)
def parse_weekly(text: str) -> Weekly:
    """Raises ValueError saying what is expected."""
    match = _WRITTEN.fullmatch(text)
    if match is None or match[2] == match[3]:
        raise ValueError(_WINDOW)
    days = frozenset(day for part in match[1].title().split(",") for day in _days(*part.split("-")))
    if match[3] == "00:00":
        raise ValueError(f"{_WINDOW}; midnight at the end is written {_LAST}")
    end = time.min if match[3] == _LAST else time.fromisoformat(match[3])
    return Weekly(days, time.fromisoformat(match[2]), end)


def _days(first: str, last: str = "") -> Iterator[int]:
    """The days of a range; `Fri-Mon` includes the weekend."""
    start = DAYS.index(first)
    length = (DAYS.index(last) - start) % 7 if last else 0
    return ((start + more) % 7 for more in range(length + 1))


def _weekly(text: str) -> str:
    parse_weekly(text)
    return text


ZONE = 'a timezone of the IANA database, such as "Europe/Berlin" or "UTC"'


def _zone(name: str) -> str:
    """Whether there is one of that name depends on the machine: one that lacks it still has to read what is stored."""
    if _ZONE.fullmatch(name) is None:
        raise ValueError(ZONE)
    return name


def _date(value: object) -> object:
    """The day, from a date of TOML or its stored text."""
    day = value
    if isinstance(value, str):
        with suppress(ValueError):
            day = date.fromisoformat(value)
    if type(day) is not date or day.year not in _YEARS:  # a time is a date, too
        raise ValueError("a date such as 2026-12-20")
    return day


WeeklyText = Annotated[str, AfterValidator(_weekly)]
Day = Annotated[date, BeforeValidator(_date)]


class Freeze(Frozen):
    """Days without deployments to production, including the last one."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    first: Day = Field(alias="from")
    until: Day
    reason: Text

    @field_validator("until")
    @classmethod
    def _not_before(cls, until: date, info: ValidationInfo) -> date:
        if (first := info.data.get("first")) is not None and until < first:
            raise ValueError(f"a date that is not before `from`, {first}")
        return until


class Span(Frozen):
    """A time without deployments to production, from an event of a calendar; `end` is excluded."""

    start: AwareDatetime
    end: AwareDatetime
    reason: FreeText


class Windows(Frozen):
    """`[production.windows]`; `spans` are the events of its calendar, which is read with the policy."""

    timezone: Annotated[str, AfterValidator(_zone)]
    open: Annotated[tuple[WeeklyText, ...], Field(min_length=1, max_length=50)] | None = None
    freeze: Annotated[tuple[Freeze, ...], Field(max_length=200)] = ()
    calendar: PathInside | None = None
    spans: tuple[Span, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """Raises KeyError, OSError or ValueError where this machine does not know it."""
        return ZoneInfo(self.timezone)

    @property
    def is_zone_known(self) -> bool:
        try:
            return bool(self.zone)
        except (ValueError, OSError, KeyError):
            return False


@dataclass(frozen=True, slots=True)
class Closed:
    """Why production is closed, as a clause, and when it opens next; None if no opening is in sight."""

    why: str
    opens_at: datetime | None


def closed(windows: Windows | None, at: datetime) -> Closed | None:
    """Why production is closed at `at`; None if it is open."""
    if windows is None:
        return None
    if not windows.is_zone_known:
        why = f"This machine does not know the timezone {windows.timezone} of the production windows: install tzdata"
        return Closed(why, None)
    freezes = _freezes(windows)
    frozen = _frozen(freezes, at)
    if frozen is None and _is_in_window(windows, at):
        return None
    return Closed(frozen.why(windows) if frozen else _outside(windows), _opens(windows, freezes, at))


def closes_at(windows: Windows | None, at: datetime) -> datetime | None:
    """When the window that is open at `at` closes; None if that is not within the days that are searched."""
    if windows is None or not windows.is_zone_known:
        return None
    starts = [freeze.start for freeze in _freezes(windows) if freeze.start > at]
    leaves = next((change for change in _changes(windows, at) if not _is_in_window(windows, change)), None)
    return min([*starts, *([leaves] if leaves else [])], default=None)


def sentence(closing: Closed, windows: Windows, now: datetime) -> str:
    """Why production is closed, when it opens in its timezone, and how long that is."""
    if closing.opens_at is None:
        return f"{closing.why}."
    wait = closing.opens_at - now
    shown = countdown(wait) if wait <= _COUNTED else f"{wait.days} days"
    return f"{closing.why}. The next window opens {local_text(windows, closing.opens_at)}, in {shown}."


def local_text(windows: Windows, at: datetime) -> str:
    """`Mon 2026-12-07 09:00 Europe/Berlin`."""
    local = at.astimezone(windows.zone)
    return f"{DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} {windows.timezone}"


def _outside(windows: Windows) -> str:
    return f"The production window is closed: it is open {', '.join(windows.open or ())} ({windows.timezone})"


def _is_in_window(windows: Windows, at: datetime) -> bool:
    local = at.astimezone(windows.zone).replace(tzinfo=None)
    return windows.open is None or any(parse_weekly(text).shows(local) for text in windows.open)


@dataclass(frozen=True, slots=True)
class _Frozen:
    """`days` is empty for an event of a calendar."""

    start: datetime
    end: datetime
    reason: str
    days: str = ""

    def why(self, windows: Windows) -> str:
        return f"Production is frozen {self.days or f'until {local_text(windows, self.end)}'}: {_clause(self.reason)}"


def _freezes(windows: Windows) -> tuple[_Frozen, ...]:
    """The freezes of the policy and of its calendar."""
    days = (
        _Frozen(
            _midnight(windows, freeze.first),
            _midnight(windows, freeze.until + _ONE_DAY),
            freeze.reason,
            f"from {freeze.first} until {freeze.until}",
        )
        for freeze in windows.freeze
    )
    return (*days, *(_Frozen(span.start, span.end, span.reason) for span in windows.spans))


def _clause(reason: str) -> str:
    return reason.rstrip().removesuffix(".")


def _midnight(windows: Windows, day: date) -> datetime:
    """The first moment of `day`: where clocks go forward at midnight, the moment at which they do."""
    return datetime.combine(day, time.min, windows.zone).astimezone(UTC)


def _frozen(freezes: tuple[_Frozen, ...], at: datetime) -> _Frozen | None:
    """The freeze that lasts longest at `at`."""
    found = [freeze for freeze in freezes if freeze.start <= at < freeze.end]
    return max(found, key=lambda freeze: freeze.end, default=None)


def _opens(windows: Windows, freezes: tuple[_Frozen, ...], at: datetime) -> datetime | None:
    """The first moment from `at` on with an open window and no freeze. Each turn passes at least one freeze."""
    for _ in range(len(freezes) + 1):
        if not _is_in_window(windows, at):
            opening = next((change for change in _changes(windows, at) if _is_in_window(windows, change)), None)
            if opening is None:
                return None
            at = opening
        freeze = _frozen(freezes, at)
        if freeze is None:
            return at
        at = freeze.end
    return None


def _changes(windows: Windows, after: datetime) -> list[datetime]:
    """The moments after `after` at which a window can open or close, in order."""
    if windows.open is None:
        return []
    weekly = [parse_weekly(text) for text in windows.open]
    times = {time.min, *(shown for one in weekly for shown in (one.start, one.end))}
    today = after.astimezone(windows.zone).date()
    days = (today + number * _ONE_DAY for number in range(-1, _SEARCHED_DAYS))
    moments = {moment for day in days for moment in _moments(windows.zone, day, times)}
    return sorted(moment for moment in moments if moment > after)


def _moments(zone: ZoneInfo, day: date, times: set[time]) -> Iterator[datetime]:
    """When clocks show each of `times` on `day`, at both passes where there are two, and when they are moved."""
    for shown in times:
        for fold in (0, 1):
            yield datetime.combine(day, shown, zone).replace(fold=fold).astimezone(UTC)
    start = datetime.combine(day, time.min, UTC)
    moved = _moved(zone, start, start + _ONE_DAY)
    if moved is not None:
        yield moved


def _moved(zone: ZoneInfo, early: datetime, late: datetime) -> datetime | None:
    """The second between the two at which clocks are moved."""

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(zone).utcoffset()

    before = offset(early)
    if offset(late) == before:
        return None
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // timedelta(seconds=2) * timedelta(seconds=1)
        early, late = (middle, late) if offset(middle) == before else (early, middle)
    return late
