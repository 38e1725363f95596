"""`sentinel cancel`: a person ends the running command with all that it started."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, WHY, command
from sentinel.front.cli.printing import screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    """Where nothing can be ended, the daemon's refusal says why and what else may be done."""
    require_terminal("cancel")
    client = operator(options)
    found = asked_status(client)
    running = found["status"]["operation"]
    if running is not None:
        at = f" at {running['step']}" if running["step"] else ""
        confirm(project_line(found, f"ends the running {running['kind']}{at}, with all that it started."))
    operation_id = running["id"] if running else ""
    answer = client.ask_for(screen(), "cancel", reason=options.reason, operation_id=operation_id)
    return print_followed(client, answer, options)


COMMAND = command("Decide", "end the running command, with all that it started", run, WHY, JSON)
