"""`sentinel show VERSION`: everything that is kept of one release."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_reply, screen


def run(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "release", version=options.version), options)


COMMAND = command(
    "Look",
    "one release: notes, commits, tests, artifacts, approval and history",
    run,
    argument("version", metavar="VERSION", help="such as 1.2.0 or v1.2.0"),
    JSON,
)
