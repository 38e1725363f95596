"""Durations as people write them: `500ms`, `10s`, `15m`, `2h`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

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
    """`09:45`, and `1:09:45` beyond an hour (protocol 2.2); rounded up, so that 00:00 means now."""
    seconds = max(0, -(-remaining // timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


_SPOKEN = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def spoken(length: timedelta) -> str:
    """`3 d 4 h`, `12 min`, `8 s`: its largest unit, and the next one where that is not zero."""
    seconds = max(0, round(length.total_seconds()))
    parts = []
    for unit, size in _SPOKEN:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"
