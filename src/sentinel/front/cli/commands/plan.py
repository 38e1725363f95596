"""`sentinel plan`: the next version, every gate's verdict and what would run; 1 where the release would be blocked."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_reply, screen


def run(options: Namespace) -> int:
    reply = operator(options).ask_for(screen(), "plan", type=options.type)
    print_reply(reply, options)
    return 1 if reply.result["blocked"] else 0


COMMAND = command(
    "Look",
    "what the next release would be, and what blocks it; nothing is done",
    run,
    argument("--type", choices=("patch", "minor", "major"), help="default: the smallest that the changelog allows"),
    JSON,
)
