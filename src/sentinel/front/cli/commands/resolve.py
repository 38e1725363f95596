"""`sentinel resolve --production VERSION|none`: out of HALTED, by a person's word about what production runs."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.status_answer import print_status


def run(options: Namespace) -> int:
    production = None if options.production == "none" else options.production
    return print_status(operator(options).ask("resolve", production=production)["status"], options)
