"""`sentinel project add`: an operator tells this machine's daemon where a project comes from (separated mode)."""

from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import Action, Command, argument
from sentinel.front.cli.printing import say, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _add(options: Namespace) -> int:
    require_terminal("project add")
    client = operator(options)
    shown = printable(options.remote, limit=200)
    confirm(f"The daemon releases a project from {shown}, branch {printable(options.branch)}.")
    say(client.ask_for(screen(), "add_project", url=options.remote, branch=options.branch).text)
    return 0


COMMAND = Command(
    "Set up",
    "the projects of this machine's daemon (separated mode)",
    actions={
        "add": Action(
            "register a project by the remote that it is released from",
            _add,
            (
                argument("--remote", required=True, metavar="URL", help="what the daemon fetches from and pushes to"),
                argument("--branch", default="main", help="what releases are cut from (default: main)"),
            ),
            project=False,
        ),
    },
)
