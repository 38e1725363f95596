"""Durations as people write and read them, and moments on the two clocks that a deadline is held against."""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer

from sentinel.core.values.frozen import Frozen

_WRITTEN = re.compile(r"([1-9][0-9]{0,7})(ms|s|m|h)")
_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}
_LONGEST = timedelta(days=30)
EXPECTED = "a duration such as 500ms, 10s, 15m or 2h, at most 720h"


def parse_duration(value: object) -> timedelta:
    """The duration that `value` writes; raises ValueError saying what is expected."""
    if isinstance(value, timedelta):
        return value
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None or (length := int(match[1]) * _UNIT[match[2]]) > _LONGEST:
        raise ValueError(EXPECTED)
    return length


def write_duration(length: timedelta) -> str:
    """The shortest way to write `length`, which `parse_duration` reads back."""
    for unit in ("h", "m", "s"):
        if not length % _UNIT[unit]:
            return f"{length // _UNIT[unit]}{unit}"
    return f"{length // _UNIT['ms']}ms"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, return_type=str)]


def countdown(remaining: timedelta) -> str:
    """`09:45`, and `1:09:45` beyond an hour; rounded up, so that 00:00 means now."""
    seconds = max(0, -(-remaining // timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


_SPOKEN = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def spoken(length: timedelta) -> str:
    """`3 d 4 h`, `12 min`, `8 s`: the largest unit, and the next one if it is not zero."""
    seconds = max(0, round(length.total_seconds()))
    parts = []
    for unit, size in _SPOKEN:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


class Instant(Frozen):
    """UTC wall time, and the suspend-inclusive seconds since the boot named `boot_id`."""

    wall: AwareDatetime
    boot_id: str
    boot_seconds: float

    def elapsed_to(self, now: "Instant") -> timedelta:
        """How long ago this was at `now`. On the same boot, a wall clock that was set forward does not count."""
        return min(now.wall - self.wall, self.measured_to(now))

    def longest_to(self, now: "Instant") -> timedelta:
        """The same for what must not look younger than it is: a wall clock that was set back does not count either.

        Negative if only the wall clocks of two boots can be compared, and the later one is behind.
        """
        return max(now.wall - self.wall, self.measured_to(now))

    def measured_to(self, now: "Instant") -> timedelta:
        """The same by the clock that nobody can set if both moments are of one boot, else by the wall clock.

        Negative if the wall clock of the later boot is behind.
        """
        if self.boot_id != now.boot_id:
            return now.wall - self.wall
        return timedelta(seconds=now.boot_seconds - self.boot_seconds)


def whole_second(moment: datetime) -> datetime:
    """The second in which `moment` is over."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)
