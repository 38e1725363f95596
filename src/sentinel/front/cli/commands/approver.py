"""`sentinel approver add`: a passkey becomes one that may approve, by an operator's word at a terminal."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import asked_status, operator, project_line
from sentinel.front.cli.parser import Action, Command, argument
from sentinel.front.cli.printing import print_reply, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _add(options: Namespace) -> int:
    require_terminal("approver add")
    client, line = operator(options), options.line.strip()
    shown = client.ask_for(screen(), "preview_approver", line=line, file=options.file)
    confirm(project_line(asked_status(client), shown.text))
    return print_reply(client.ask_for(screen(), "add_approver", line=line, file=options.file), options)


COMMAND = Command(
    "Set up",
    "let people approve with a passkey",
    actions={
        "add": Action(
            "add a passkey to the project's file of approvers",
            _add,
            (
                argument("line", metavar="LINE", help="as the console shows it, in quotes"),
                argument("--file", help="in the daemon's folder (default: the policy's, or `approvers`)"),
            ),
        )
    },
)
