"""`sentinel rollback`: a person takes production back, and watches until it is done; it needs no other approval."""

from argparse import Namespace

from sentinel.errors.approval import NotConfirmedError
from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.following import print_followed
from sentinel.front.cli.parser import JSON, REASON, command
from sentinel.front.cli.printing import screen
from sentinel.front.cli.terminal import read_phrase, require_terminal, show


def run(options: Namespace) -> int:
    require_terminal("rollback")
    client = operator(options)
    asked = client.ask("rollback_text")
    show(project_line(asked_status(client), "takes production back.\n"))
    if not read_phrase(asked["text"], asked["phrase"]).confirmed:
        raise NotConfirmedError(phrase=asked["phrase"])
    answer = client.ask_for(screen(), "rollback", reason=options.reason, text=asked["text"])
    return print_followed(client, answer, options)


COMMAND = command("Decide", "take production back to the release before", run, REASON, JSON)
