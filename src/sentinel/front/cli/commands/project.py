"""`sentinel project add`: an operator tells this machine's daemon where a project comes from (separated mode)."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import say


def run(options: Namespace) -> int:
    added = operator(options).ask("add_project", url=options.remote, branch=options.branch)
    say(f"Registered: {added}. Read and pin its policy next: `sentinel trust --project {added}`.")
    return 0
