"""`sentinel rollback`: a person takes production back, and watches until it is done; it needs no approval."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import follow, operator
from sentinel.front.cli.status_answer import print_status


def run(options: Namespace) -> int:
    client = operator(options)
    answer = client.ask("rollback", reason=options.reason)
    return print_status(follow(client, answer["operation_id"]), options)
