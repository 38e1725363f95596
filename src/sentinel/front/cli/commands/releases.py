"""`sentinel releases`: every release that was prepared, who approved it, and what became of it."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command, count
from sentinel.front.cli.printing import print_reply, screen


def run(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "releases", limit=options.limit), options)


COMMAND = command(
    "Look",
    "every release: who approved it, whether it was verified, and why it was rolled back",
    run,
    argument("--limit", type=count, default=50, metavar="N", help="at most N of them, the newest (default: 50)"),
    JSON,
)
