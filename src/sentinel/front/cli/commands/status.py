"""`sentinel status`: the state, the countdown, what runs or blocks the release, and what to do next."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, command
from sentinel.front.cli.printing import print_reply, screen


def run(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "status"), options)


COMMAND = command("Look", "the state, what runs or blocks the release, and what to do next", run, JSON)
