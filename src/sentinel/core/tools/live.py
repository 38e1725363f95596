"""What is seen of a project while somebody watches it: a value, and its lines on a terminal."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import AwareDatetime

from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.duration import countdown, spoken
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style, cut, item

BAR = 20
"""Columns of the bar."""


class Live(Frozen):
    """`step` is without what it says of itself, which is `progress`; `share` is how much of it is done.

    `command` is the one that runs, with the last lines of its `output`. `ended` is how the followed operation ended, if
    one is followed and it has.
    """

    status: ReleaseStatus
    at: AwareDatetime
    step: str = ""
    step_started: AwareDatetime | None = None
    progress: FreeText = ""
    share: float | None = None
    command: str = ""
    output: tuple[FreeText, ...] = ()
    ended: ReleaseStatus | None = None


def state_style(state: str) -> Style:
    """States that need a person are red or yellow; those in which something is under way are cyan."""
    if state in ("HALTED", "ROLLING_BACK"):
        return "red"
    if state == "AWAITING_APPROVAL":
        return "yellow"
    return "green" if state in ("IDLE", "ARCHIVED") else "cyan"


def live_lines(live: Live, screen: Screen) -> Iterator[str]:
    """At most one line of the screen each, so that they can be written over; all in one where there is no screen."""
    if screen.width is None:
        yield _told(live)
        return
    status, width = live.status, screen.width
    tag = f"  {printable(status.release.tag, limit=40)}" if status.release else ""
    name = printable(status.project or "", limit=40)
    first = cut(f"{name}  {status.state}{tag}  {_clock(live)}", width)
    yield first.replace(status.state, screen.paint(status.state, state_style(status.state)), 1)
    yield from _at_work(live, screen, width) if status.operation is not None else _at_rest(status, width)


def _at_work(live: Live, screen: Screen, width: int) -> Iterator[str]:
    """What runs, how far it is, and what it printed last."""
    yield cut(_running(live), width)
    if live.progress:
        bar = f"[{_bar(live.share)}] " if live.share is not None else ""
        for line in item(screen, printable(live.progress, limit=2000), mark=bar):
            yield cut(line, width)
    if live.command:
        yield screen.paint(cut(f"output of {live.command}:", width), "dim")
        yield from (cut(f"  | {printable(line, limit=width)}", width) for line in live.output)


def _at_rest(status: ReleaseStatus, width: int) -> Iterator[str]:
    """The state's sentence, and what is counted down."""
    yield from (cut(line, width) for line in _sentence(status.message))
    for lock in status.locked:
        if lock.remaining_seconds:
            left = countdown(timedelta(seconds=lock.remaining_seconds))
            yield cut(f"{left} until {printable(lock.tool)}({printable(lock.target or '')}) unlocks", width)


def _told(live: Live) -> str:
    """The sentence that names the state, when, and how long that has been running."""
    lines = live.status.message.split("\n")
    sentence = next((line for line in lines if line.startswith(live.status.state)), lines[0])
    operation = live.status.operation
    elapsed = f" [{spoken(live.at - operation.started_at)}]" if operation else ""
    return f"{_clock(live)}  {printable(sentence, limit=2000)}{elapsed}"


def _running(live: Live) -> str:
    """What runs, its step, and how long each of them has."""
    operation = live.status.operation
    if operation is None:
        return "nothing runs"
    ending = ", is being ended" if operation.status == "cancelling" else ""
    text = f"{operation.kind}{ending}, {spoken(live.at - operation.started_at)}"
    if not live.step:
        return text
    since = f", {spoken(live.at - live.step_started)}" if live.step_started else ""
    return f"{text}: {printable(live.step)}{since}"


def _clock(live: Live) -> str:
    return f"{live.at:%H:%M:%S} UTC"


def _sentence(message: str) -> tuple[str, ...]:
    """The sentence alone, without quoted output."""
    return tuple(printable(line, limit=2000) for line in message.split("\n")[:2])


def _bar(share: float) -> str:
    full = round(BAR * min(1.0, max(0.0, share)))
    return f"{'█' * full}{'░' * (BAR - full)}"
