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


def print_reply(reply: Reply, options: Namespace) -> int:
    """Its text, or its data for programs; the exit code that it deserves."""
    if getattr(options, "json", False):
        print_json(reply.result)
    else:
        say(reply.text)
    return 0


def print_status(reply: Reply, options: Namespace) -> int:
    """The status in the answer; 1 where that is not ok."""
    status = reply.result["status"]
    print_reply(Reply(status, reply.text), options)
    return 0 if status["ok"] else 1


def screen() -> Screen:
    """What standard output can show: a terminal's width and colours, or plain lines of any length elsewhere."""
    if not sys.stdout.isatty():
        return {"width": None, "colour": False}
    columns = os.get_terminal_size(sys.stdout.fileno()).columns
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return {"width": max(NARROWEST, min(columns, WIDEST)) if columns else None, "colour": not plain}
