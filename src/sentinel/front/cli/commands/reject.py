"""`sentinel reject`: refuses what waits for approval; the agent that asked is told the reason."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_status, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("reject")
    client = operator(options)
    found = asked_status(client)
    asked = found["status"]["approval"]
    if asked is not None:
        confirm(project_line(found, f"refuses this {asked['kind']}:\n{asked['text'].rpartition(chr(10))[0]}"))
    approval_id = asked["id"] if asked else None
    return print_status(client.ask_for(screen(), "reject", approval_id=approval_id, reason=options.reason), options)


COMMAND = command(
    "Decide",
    "refuse what waits for approval",
    run,
    argument("--reason", help="why; the agent that asked is told"),
    JSON,
)
