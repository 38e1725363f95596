"""`sentinel unhold`: a person lets the line go on."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("unhold")
    client = operator(options)
    found = asked_status(client)
    held = found["status"]["hold"]
    if held is not None:
        confirm(
            project_line(found, f"lets the line go on, held by {printable(held['by'])}: {printable(held['reason'])}")
        )
    return print_status(client.ask_for(screen(), "unhold", reason=held["reason"] if held else ""), options)


COMMAND = command("Decide", "let a held line go on", run, JSON)
