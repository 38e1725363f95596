"""How things stand: the state and what to do next, what runs as it changes, and what commands printed."""

import sys
from argparse import Namespace
from typing import Any

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_data, print_reply, screen
from sentinel.front.operator.client import OperatorClient

STEPS = ("setup", "build", "tests", "staging", "smoke", "production", "rollback")
WAIT_SECONDS = 10.0
"""How long one question waits for more output."""


def _status(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "status"), options)


STATUS = command("the state, what runs or blocks the release, and what to do next", _status, JSON)


def _watch(options: Namespace) -> int:
    from sentinel.front.cli.following import watch

    watch(operator(options), as_json=options.json)
    return 0


WATCH = command("follow what runs, live; q closes only the view", _watch, JSON)


def _logs(options: Namespace) -> int:
    client = operator(options)
    found = client.ask("logs", step=options.step, release=options.release)
    if options.json:
        print_data({"logs": [{**one, "output": "".join(_pieces(client, one))} for one in found]})
        return 0
    for one in found:
        _print(client, one, wait=options.follow)
    while options.follow and (following := _next(client, found, options.step)):
        for one in following:
            _print(client, one, wait=True)
        found = [*found, *following]
    return 0


def _next(client: OperatorClient, found: list[Any], step: str | None) -> list[Any]:
    """The commands that have begun since; none once the operation has ended."""
    operation = found[-1]["operation"]
    while True:
        status = client.ask("watch", seconds=0)["status"]
        begun = [one for one in client.ask("logs", step=step) if one["operation"] == operation and one not in found]
        known = {(one["step"], one["attempt"]) for one in found}
        begun = [one for one in begun if (one["step"], one["attempt"]) not in known]
        if begun:
            return begun
        if status["operation"] is None or status["operation"]["id"] != operation:
            return []
        client.ask("watch", seconds=WAIT_SECONDS)


def _print(client: OperatorClient, one: Any, *, wait: bool) -> None:
    """The output alone goes to standard output; what it is the output of, to standard error."""
    again = f", attempt {one['attempt']}" if one["attempt"] > 1 else ""
    sys.stderr.write(f"== {one['step']}{again}, {one['started_at'][:19].replace('T', ' ')} UTC: ")
    sys.stderr.write(f"{one['ended'] or 'running'}\n")
    sys.stderr.flush()
    for piece in _pieces(client, one, wait=wait):
        sys.stdout.write(piece)
        sys.stdout.flush()


def _pieces(client: OperatorClient, one: Any, *, wait: bool = False) -> Any:
    """Until the command has ended; without `wait`, what is there now."""
    place = {"operation": one["operation"], "step": one["step"], "attempt": one["attempt"]}
    offset = 0
    while True:
        piece = client.ask("log", **place, offset=offset, seconds=WAIT_SECONDS if wait else 0.0)
        if piece["text"]:
            yield f"{piece['text']}\n"
        if piece["over"] or (piece["next_offset"] == offset and not wait):
            return
        offset = piece["next_offset"]


LOGS = command(
    "what commands printed: the running, the newest, or a release's",
    _logs,
    argument("step", nargs="?", choices=STEPS, help="the step whose command it was (default: every step)"),
    argument("--follow", action="store_true", help="go on until the operation has ended"),
    argument("--release", metavar="VERSION", help="all commands that worked on this release"),
    JSON,
)
