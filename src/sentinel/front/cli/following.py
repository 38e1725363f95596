"""Follows what runs: by a view that is redrawn on a terminal, and by lines elsewhere. Both only watch."""

import contextlib
import os
import select
import sys
import termios
import time
import tty
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from sentinel.front.cli.printing import print_data, print_status, say, screen, terminal_size
from sentinel.front.operator.client import OperatorClient, Reply, Screen

LINE_SECONDS = 10.0
"""How long one request waits for a change, if every change is a line."""
DRAW_SECONDS = 1.0
"""How often the view is drawn: output of a command does not end the wait for a change."""
TOLD_AGAIN_SECONDS = 5.0
"""How often a line repeats a step that is still running, with its progress."""
PLAIN: Screen = {"width": None, "colour": False}
HINT = "q closes this view; what runs continues"
_ABOVE, _CLEAR, _DIM, _PLAIN = "\x1b[{}F", "\x1b[J", "\x1b[2m", "\x1b[m"
"""Cursor to the beginning of an earlier line, the rest of the screen cleared, and colours (ECMA-48)."""
Enough = Callable[[Any], bool]


def is_live() -> bool:
    """Whether a view can be drawn here and closed with a key."""
    drawable = screen()["width"] is not None and os.environ.get("TERM", "dumb") != "dumb"
    return drawable and sys.stdin.isatty() and terminal_size().lines > 2


def follow(
    client: OperatorClient, operation_id: str, enough: Enough = lambda _: False, *, drawn: bool = True
) -> Reply | None:
    """The status with which an operation ends; None if somebody closed the view.

    If no view is `drawn`, or can be, the first status that is `enough` is returned as well.
    """
    if drawn and is_live():
        seen = _draw_until(client, operation_id, _has_ended)
    else:
        seen = _tell_until(client, operation_id, lambda live: _has_ended(live) or enough(live["status"]))
    if not seen:
        say("The view is closed. What runs continues: `sentinel watch` shows it again.")
        return None
    return client.ask_for(screen(), "follow", operation_id=operation_id, seconds=0)


def _has_ended(live: Any) -> bool:
    return live["ended"] is not None


def print_followed(client: OperatorClient, answer: Reply, options: Namespace) -> int:
    """Prints the status of an answer or, if it started an operation, the status with which that ends."""
    operation_id = answer.result["operation_id"]
    if operation_id is None:
        return print_status(answer, options)
    ended = follow(client, operation_id, drawn=not options.json)
    return print_status(ended, options) if ended is not None else 0


def watch(client: OperatorClient, *, as_json: bool) -> None:
    """Until somebody presses q or Ctrl-C."""
    if is_live() and not as_json:
        _draw_until(client, None, lambda _: False)
        return
    with contextlib.suppress(KeyboardInterrupt):
        if as_json:
            _print_changes(client)
        _tell_until(client, None, lambda _: False, sys.stdout.write)


def _print_changes(client: OperatorClient) -> None:
    """A line for each view that differs from the one before in more than its time."""
    known, seconds = None, 0.0
    while True:
        live = client.ask("watch", seconds=seconds)
        if (now := {**live, "at": None}) != known:
            print_data(live, indent=None)
        known, seconds = now, LINE_SECONDS


def _tell_until(
    client: OperatorClient,
    operation_id: str | None,
    is_end: Enough,
    tell: Callable[[str], object] = sys.stderr.write,
) -> bool:
    """A line for each new step, and every few seconds for a step that reports progress."""
    told, told_at, seconds = None, 0.0, 0.0
    while True:
        reply = client.ask_for(PLAIN, "watch", seconds=seconds, operation_id=operation_id)
        live, seconds = reply.result, LINE_SECONDS
        if is_end(live):
            return True
        still = live["status"]["message"] if live["status"]["operation"] is None else ""
        key = (live["status"]["state"], live["step"], still)
        if key != told or (live["progress"] and time.monotonic() - told_at >= TOLD_AGAIN_SECONDS):
            tell(f"{reply.text}\n")
            sys.stdout.flush()
            told, told_at = key, time.monotonic()


def _draw_until(client: OperatorClient, operation_id: str | None, is_end: Enough) -> bool:
    """Redraws the view in place; False if a person pressed q or Ctrl-C. The last one stays on the screen."""
    drawn, seconds = 0, 0.0
    with contextlib.suppress(KeyboardInterrupt), _keys():
        while not _is_quit():
            reply = client.ask_for(screen(), "watch", seconds=seconds, operation_id=operation_id)
            drawn, seconds = _draw(reply.text, drawn), DRAW_SECONDS
            if is_end(reply.result):
                return True
    return False


def _draw(text: str, drawn: int) -> int:
    """Replaces the `drawn` lines on the screen; returns how many there are now."""
    rows = os.get_terminal_size(sys.stdout.fileno()).lines
    hint = f"{_DIM}{HINT}{_PLAIN}" if screen()["colour"] else HINT
    lines = [*text.split("\n")[: rows - 2], hint]
    above = _ABOVE.format(drawn) if drawn else ""
    sys.stdout.write(f"{above}{_CLEAR}" + "".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
    return len(lines)


@contextlib.contextmanager
def _keys() -> Iterator[None]:
    """Reads keys as they are pressed, and does not show them."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _is_quit() -> bool:
    pressed = os.read(sys.stdin.fileno(), 100) if select.select([sys.stdin], [], [], 0)[0] else b""
    return pressed[:1] in (b"q", b"Q")
