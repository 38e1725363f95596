"""What commands print: text for people, JSON for programs. Standard library only, so that a command starts quickly."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from sentinel.front.operator.client import Reply, Screen

NARROWEST, WIDEST = 20, 1000
"""Columns; what a terminal claims beyond them is not believed."""


def say(text: str) -> None:
    """One or more lines on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_data(data: Mapping[str, Any], *, ok: bool = True, indent: int | None = 2) -> None:
    """For programs: one object, whose `ok` says whether the exit code is 0. Without `indent` it is one line of many."""
    say(json.dumps({"ok": ok, **data}, indent=indent, ensure_ascii=False))


def print_reply(reply: Reply, options: Namespace, name: str | None = None, *, code: int = 0) -> int:
    """Its text, or its data for programs: under `name`, or as the keys that it has. Returns the exit code."""
    if options.json:
        print_data(reply.result if name is None else {name: reply.result}, ok=code == 0)
    else:
        say(reply.text)
    return code


def print_status(reply: Reply, options: Namespace) -> int:
    """The status in the answer, in the place where `sentinel status` has it; 1 where that is not ok."""
    status = reply.result["status"]
    return print_reply(Reply(status, reply.text), options, "status", code=0 if status["ok"] else 1)


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
