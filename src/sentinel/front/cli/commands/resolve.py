"""`sentinel resolve --production VERSION|none`: out of HALTED, by a person's word about what production runs."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("resolve")
    client = operator(options)
    production = None if options.production == "none" else options.production
    shown = printable(production, limit=80) if production is not None else "nothing of Sentinel's"
    confirm(project_line(asked_status(client), f"leaves HALTED; production runs {shown}, by your word."))
    return print_status(client.ask_for(screen(), "resolve", production=production), options)


COMMAND = command(
    "Decide",
    "leave HALTED by saying what production runs",
    run,
    argument("--production", required=True, metavar="VERSION|none"),
    JSON,
)
