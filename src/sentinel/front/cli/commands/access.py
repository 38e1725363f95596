"""Who may come in: agents on other machines by a token, and people who approve by a passkey."""

import sys
from argparse import Namespace

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.parser import JSON, Action, Command, argument
from sentinel.front.cli.printing import print_data, print_reply, say, screen
from sentinel.front.cli.terminal import confirm, require_terminal


def _create(options: Namespace) -> int:
    """The secret alone is on stdout, so that it can be piped to where it is kept."""
    require_terminal("token create")
    client = operator(options)
    until = f"for {printable(options.expires)}" if options.expires else "without an end"
    may = f"creates a token of the role {options.role}, {until}, named {printable(options.name, limit=100)}."
    confirm(project_line(client.ask("status"), may))
    created = client.ask_for(screen(), "create_token", name=options.name, role=options.role, expires=options.expires)
    if options.json:
        print_data(created.result)
        return 0
    say(created.result["secret"])
    sys.stderr.write(f"{created.text}\n")
    return 0


def _list(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "tokens"), options, "tokens")


def _revoke(options: Namespace) -> int:
    require_terminal("token revoke")
    client = operator(options)
    known = next((token for token in client.ask("tokens") if token["id"] == options.id), None)
    if known is not None:
        what = f"revokes the token {known['id']} of the {known['role']} {known['name']}"
        confirm(project_line(client.ask("status"), what))
    return print_reply(client.ask_for(screen(), "revoke_token", id=options.id), options, "token")


TOKEN = Command(
    "let agents on other machines in, each by its own token",
    actions={
        "create": Action(
            "make a token for this project, and print it once",
            _create,
            (
                argument("--name", required=True, help="the agent that uses it"),
                argument("--role", required=True, choices=("agent", "operator"), help="what its bearer is"),
                argument("--expires", metavar="DURATION", help="such as 8h, at most 720h (default: never)"),
                JSON,
            ),
        ),
        "list": Action("the tokens of this project", _list, (JSON,)),
        "revoke": Action("end a token, and what is open with it", _revoke, (argument("id"), JSON)),
    },
)


def _add_approver(options: Namespace) -> int:
    require_terminal("approver add")
    client, line = operator(options), options.line.strip()
    shown = client.ask_for(screen(), "preview_approver", line=line, file=options.file)
    confirm(project_line(client.ask("status"), shown.text))
    added = client.ask_for(screen(), "add_approver", line=line, file=options.file)
    return print_reply(added, options, "approver")


APPROVER = Command(
    "let people approve with a passkey",
    actions={
        "add": Action(
            "add a passkey to the project's file of approvers",
            _add_approver,
            (
                argument("line", metavar="LINE", help="as the console shows it, in quotes"),
                argument("--file", help="in the daemon's folder (default: the policy's, or `approvers`)"),
                JSON,
            ),
        )
    },
)
