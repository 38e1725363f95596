"""`sentinel watch`: the state, what runs and for how long, and the last lines that it printed, as they change."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.following import watch
from sentinel.front.cli.parser import JSON, command


def run(options: Namespace) -> int:
    watch(operator(options), as_json=options.json)
    return 0


COMMAND = command("Look", "follow what runs, as it changes; q ends the watching alone", run, JSON)
