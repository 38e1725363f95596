"""`sentinel token create|list|revoke`: who may speak with the daemon from another machine."""

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from sentinel.core.values.printable import printable
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import print_json, say
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.terminal import confirm, require_terminal
from sentinel.front.operator.client import OperatorClient


def run(options: Namespace) -> int:
    if options.action != "list":
        require_terminal(f"token {options.action}")
    return _ACTIONS[options.action](operator(options), options)


def _create(client: OperatorClient, options: Namespace) -> int:
    """The secret alone is on stdout, so that it can be piped to where it is kept."""
    until = f"for {printable(options.expires)}" if options.expires else "without an end"
    may = f"creates a token of the role {options.role}, {until}, named {printable(options.name, limit=100)}."
    confirm(project_line(asked_status(client), may))
    created = client.ask("create_token", name=options.name, role=options.role, expires=options.expires)
    if options.json:
        print_json(created)
        return 0
    say(created["secret"])
    sys.stderr.write(f"Token {_line(created['token'])}\nIt is shown this once: Sentinel keeps only its digest.\n")
    return 0


def _list(client: OperatorClient, options: Namespace) -> int:
    tokens = client.ask("tokens")
    if options.json:
        print_json(tokens)
    else:
        say("\n".join(map(_line, tokens)) or "No token.")
    return 0


def _revoke(client: OperatorClient, options: Namespace) -> int:
    known = next((token for token in client.ask("tokens") if token["id"] == options.id), None)
    if known is not None:
        confirm(project_line(asked_status(client), f"revokes the token {_line(known)}"))
    token = client.ask("revoke_token", id=options.id)
    if options.json:
        print_json(token)
    else:
        say(f"Revoked: {_line(token)}")
    return 0


def _line(token: Any) -> str:
    expires = f"expires {token['expires_at']}" if token["expires_at"] else "never expires"
    used = f"last used on {token['used_on']}" if token["used_on"] else "never used"
    return f"{token['id']}  {token['role']}  {token['name']}  created {token['created_at']}  {expires}  {used}"


_ACTIONS: dict[str, Callable[[OperatorClient, Namespace], int]] = {"create": _create, "list": _list, "revoke": _revoke}
