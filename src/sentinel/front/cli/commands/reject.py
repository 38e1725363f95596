"""`sentinel reject`: refuses what waits for approval."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.status_answer import print_status


def run(options: Namespace) -> int:
    return print_status(operator(options).ask("reject")["status"], options)
