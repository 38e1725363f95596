"""A person takes production back, leaves HALTED, ends what runs, or gives the release candidate up.

If there is nothing to end, the daemon refuses, and says why and what else is possible.
"""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.errors.approval import NotConfirmedError
from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, REASON, argument, command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, read_phrase, require_terminal, show

WHY = argument("--reason", default="it is no longer wanted", help="why; agents are told")


def _rollback(options: Namespace) -> int:
    """It needs no other approval."""
    require_terminal("rollback")
    client = operator(options)
    asked = client.ask("rollback_text")
    show(project_line(client.ask("status"), "takes production back.\n"))
    if not read_phrase(asked["text"], asked["phrase"]).confirmed:
        raise NotConfirmedError(phrase=asked["phrase"])
    answer = client.ask_for(screen(), "rollback", reason=options.reason, text=asked["text"])
    return print_followed(client, answer, options)


ROLLBACK = command("take production back to the earlier release", _rollback, REASON, JSON)


def _resolve(options: Namespace) -> int:
    require_terminal("resolve")
    client = operator(options)
    production = None if options.production == "none" else options.production
    shown = printable(production, limit=80) if production is not None else "nothing of Sentinel's"
    found = client.ask("status")
    if found["status"]["state"] == "HALTED":
        confirm(project_line(found, f"leaves HALTED; production runs {shown}, by your word."))
    return print_status(client.ask_for(screen(), "resolve", production=production), options)


RESOLVE = command(
    "leave HALTED by saying what production runs",
    _resolve,
    argument("--production", required=True, metavar="VERSION|none"),
    JSON,
)


def _cancel(options: Namespace) -> int:
    require_terminal("cancel")
    client = operator(options)
    found = client.ask("status")
    running = found["status"]["operation"]
    if running is not None:
        at = f" at {running['step']}" if running["step"] else ""
        confirm(project_line(found, f"ends the running {running['kind']}{at}, with all that it started."))
    operation_id = running["id"] if running else ""
    answer = client.ask_for(screen(), "cancel", reason=options.reason, operation_id=operation_id)
    return print_followed(client, answer, options)


CANCEL = command("end the running command, with all that it started", _cancel, WHY, JSON)


def _abandon(options: Namespace) -> int:
    require_terminal("abandon")
    client = operator(options)
    found = client.ask("status")
    status = found["status"]
    release = status["release"]
    if release is not None:
        running = f", ends the running {status['operation']['kind']}" if status["operation"] else ""
        given_up = f"abandons {release['tag']}, which is in {status['state']}{running}; the sprint stays open."
        confirm(project_line(found, f"{given_up}\nReason: {printable(options.reason)}"))
    release_id = release["id"] if release else ""
    answer = client.ask_for(screen(), "abandon", reason=options.reason, release_id=release_id)
    return print_followed(client, answer, options)


ABANDON = command("give the release candidate up; the sprint stays open", _abandon, WHY, JSON)
