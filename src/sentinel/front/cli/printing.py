"""What commands print: text for people, JSON for programs. Standard library only, so that a command starts quickly."""

import json
import os
import sys
from argparse import Namespace
from typing import Any

from sentinel.front.operator.client import Reply, Screen

NARROWEST, WIDEST = 20, 1000
"""Columns; what a terminal claims beyond them is not believed."""


def say(text: str) -> None:
    """One or more lines on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(document: Any) -> None:
    say(json.dumps(document, indent=2, ensure_ascii=False))


def print_json_line(document: Any) -> None:
    """One of many, for a reader that takes them line by line."""
    say(json.dumps(document, ensure_ascii=False))


def print_reply(reply: Reply, options: Namespace) -> int:
    """Its text, or its data for programs; the exit code that it deserves."""
    if getattr(options, "json", False):
        print_json(reply.result)
    else:
        say(reply.text)
    return 0


def print_status(reply: Reply, options: Namespace) -> int:
    """The status in the answer, in the place where `sentinel status` has it; 1 where that is not ok."""
    status = reply.result["status"]
    print_reply(Reply({"status": status}, reply.text), options)
    return 0 if status["ok"] else 1


def terminal_size() -> os.terminal_size:
    """That of standard output; nothing where it has none, or only says that it is a terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return os.terminal_size((0, 0))


def screen() -> Screen:
    """What standard output can show: a terminal's width and colours, or plain lines of any length elsewhere."""
    if not sys.stdout.isatty():
        return {"width": None, "colour": False}
    columns = terminal_size().columns
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return {"width": max(NARROWEST, min(columns, WIDEST)) if columns else None, "colour": not plain}


def page(text: str) -> None:
    """Shows it; by a pager where it has more lines than the screen, and somebody can turn its pages.

    What was read stays on the screen, above the question that follows it.
    """
    if not sys.stdout.isatty():
        say(text)
        return
    import shutil  # noqa: PLC0415 - a command that only prints needs neither
    import subprocess  # noqa: PLC0415 - the same

    has_size = terminal_size().lines > 0
    rows = shutil.get_terminal_size((80, 0)).lines if has_size else 0
    pager = shutil.which("less")
    fits = not 0 < rows <= text.count("\n") + 1
    if pager is None or fits or subprocess.run([pager, "-RX"], input=text.encode()).returncode:  # noqa: S603, PLW1510
        say(text)
