"""What keeps a release back: anybody may hold it; a person lets it go on, or lets it go outside of the windows."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.parser import JSON, REASON, Action, Command, command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _hold(options: Namespace) -> int:
    return print_status(operator(options).ask_for(screen(), "hold", reason=options.reason), options)


HOLD = command("put releases on hold: nothing starts but a rollback", _hold, REASON, JSON)


def _unhold(options: Namespace) -> int:
    require_terminal("unhold")
    client = operator(options)
    found = client.ask("status")
    held = found["status"]["hold"]
    if held is not None:
        by, reason = printable(held["by"]), printable(held["reason"])
        confirm(project_line(found, f"ends the hold of {by}: {reason}"))
    return print_status(client.ask_for(screen(), "unhold", reason=held["reason"] if held else ""), options)


UNHOLD = command("end a hold", _unhold, JSON)


def _waive(options: Namespace) -> int:
    require_terminal("window waive")
    client = operator(options)
    found = client.ask("status")
    release = found["status"]["release"]
    if release is not None:
        what = f"lets {release['tag']} be requested for production although the window is closed."
        confirm(project_line(found, f"{what}\nReason: {printable(options.reason)}"))
    release_id = release["id"] if release else ""
    return print_status(client.ask_for(screen(), "waive_window", reason=options.reason, release_id=release_id), options)


WINDOW = Command(
    "let a release go to production while its window is closed",
    actions={"waive": Action("let the candidate go to production while its window is closed", _waive, (REASON, JSON))},
)
