"""`sentinel cancel`: a person ends the running command with all that it started."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import follow, operator
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.status_answer import print_status
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
    answer = client.ask("cancel", reason=options.reason, operation_id=running["id"] if running else "")
    return print_status(follow(client, answer["operation_id"]), options)
