"""`sentinel sprint start NAME` and `sentinel sprint close`."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.status_answer import print_status


def run(options: Namespace) -> int:
    client = operator(options)
    answer = client.ask("start_sprint", name=options.name) if options.action == "start" else client.ask("close_sprint")
    return print_status(answer["status"], options)
