"""`sentinel abandon`: a person gives the release candidate up, and ends what runs for it."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, WHY, command
from sentinel.front.cli.printing import screen
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    """Where there is no candidate, the daemon's refusal says what else may be done."""
    require_terminal("abandon")
    client = operator(options)
    found = asked_status(client)
    status = found["status"]
    release = status["release"]
    if release is not None:
        running = f", ends the running {status['operation']['kind']}" if status["operation"] else ""
        given_up = f"abandons {release['tag']}, which is in {status['state']}{running}; the sprint stays open."
        confirm(project_line(found, f"{given_up}\nReason: {printable(options.reason)}"))
    release_id = release["id"] if release else ""
    answer = client.ask_for(screen(), "abandon", reason=options.reason, release_id=release_id)
    return print_followed(client, answer, options)


COMMAND = command("Decide", "give the release candidate up; the sprint stays open", run, WHY, JSON)
