"""`sentinel project add`: an operator tells this machine's daemon where a project comes from (separated mode)."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import say
from sentinel.front.cli.terminal import confirm, require_terminal


def run(options: Namespace) -> int:
    require_terminal("project add")
    client = operator(options)
    shown = printable(options.remote, limit=200)
    confirm(f"The daemon releases a project from {shown}, branch {printable(options.branch)}.")
    added = client.ask("add_project", url=options.remote, branch=options.branch)
    say(f"Registered: {added}. Read and pin its policy next: `sentinel trust --project {added}`.")
    return 0
