"""`sentinel hold`, which anybody may run: nothing starts but a rollback, until a person lets the line go on."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, REASON, command
from sentinel.front.cli.printing import print_status, screen


def run(options: Namespace) -> int:
    return print_status(operator(options).ask_for(screen(), "hold", reason=options.reason), options)


COMMAND = command("Decide", "stop the line: nothing starts any more but a rollback", run, REASON, JSON)
