"""Reads calendars in a process of their own: a hostile one takes a bounded time, and none of it is loaded here."""

import hashlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import anyio
from anyio import CancelScope
from pydantic import TypeAdapter

from sentinel.core.policy.windows import Span, Windows
from sentinel.core.values.printable import printable
from sentinel.errors.policy import CalendarError

SIZE_LIMIT = 256 * 1024
AHEAD = timedelta(days=366)
"""How far recurring events are looked up."""
BEHIND = timedelta(days=8)
"""How long what is over is kept: the clock may be set back."""
_WALL_SECONDS = 60
"""The process limits its own time; this is for a machine that has none for it."""
_KEPT = 8
_TOO_LONG = "It takes too long to read: a rule in it never matches, or began too long ago"
_Key = tuple[str, str, date]
_SPANS = TypeAdapter(tuple[Span, ...])


@dataclass(frozen=True, slots=True)
class _Found:
    """What the events of a file are, or why it cannot be used."""

    spans: tuple[Span, ...] = ()
    problem: str | None = None


class Calendars:
    """A calendar is read once a day, also one that cannot be used; and one at a time, for each may take much memory."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Found] = {}
        self._reading = anyio.Lock()

    async def spans(self, windows: Windows, file: bytes, now: datetime) -> tuple[Span, ...]:
        """Raises CalendarError."""
        if len(file) > SIZE_LIMIT:
            raise _fault(windows, f"It is larger than {SIZE_LIMIT} bytes")
        key = (hashlib.sha256(file).hexdigest(), windows.timezone, now.date())
        found = self._known.get(key)
        if found is None:
            async with self._reading:
                found = self._known[key] = self._known.get(key) or await _read(windows, file, now)
            while len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
        if found.problem is not None:
            raise _fault(windows, found.problem)
        return found.spans


async def _read(windows: Windows, file: bytes, now: datetime) -> _Found:
    """Raises CalendarError where it is not the file that keeps it from being read."""
    period = ((now - BEHIND).isoformat(), (now + AHEAD).isoformat())
    with CancelScope(deadline=anyio.current_time() + _WALL_SECONDS):
        ended = await anyio.run_process(
            [sys.executable, "-P", "-X", "utf8", "-m", "sentinel.adapters.calendar_events", windows.timezone, *period],
            input=file,
            check=False,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd="/",
        )
        if ended.returncode == 0:
            answer = json.loads(ended.stdout)
            return _Found(_SPANS.validate_python(answer.get("spans", ())), answer.get("problem"))
        if ended.returncode == -signal.SIGXCPU:
            return _Found(problem=_TOO_LONG)
        if ended.returncode > 0:
            said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise _fault(windows, f"Reading it failed: {said}")
    raise _fault(windows, _TOO_LONG)


def _fault(windows: Windows, problem: str) -> CalendarError:
    return CalendarError(file=windows.calendar or "", problem=printable(problem, limit=300))
