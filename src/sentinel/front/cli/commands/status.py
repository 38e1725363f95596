"""`sentinel status`: the state, the countdown, what runs or blocks the release, and what to do next."""

from argparse import Namespace

from sentinel.engine.people.status import OperatorStatus
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import print_json, say
from sentinel.front.render import operator_text


def run(options: Namespace) -> int:
    found = operator(options).ask("status")
    if options.json:
        print_json(found)
    else:
        say(operator_text(OperatorStatus.model_validate(found)))
    return 0
