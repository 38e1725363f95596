"""`sentinel approve`: shows what waits, and reads the phrase from a real terminal (protocol 3.2).

Where the policy names approvers, the plan is then signed with a key of the person's own. What was approved is checked
once more before it begins. The command then goes over into the live view; where none can be drawn it ends when what was
approved has begun.
"""

import sys
from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.following import follow
from sentinel.front.cli.parser import argument, command
from sentinel.front.cli.printing import page, print_status, say, screen
from sentinel.front.cli.terminal import read_phrase, require_terminal, show
from sentinel.front.operator.client import OperatorClient

if TYPE_CHECKING:
    from sentinel.front.cli.ssh_key import ApprovalKey

CHECKED_AGAIN = "AWAITING_APPROVAL"
"""The state in which an approved deployment makes its last checks."""


def run(options: Namespace) -> int:
    require_terminal("approve")
    client = operator(options)
    answer = _answer(client, options.key)
    say(answer["status"]["message"])
    operation_id = answer["operation_id"]
    if operation_id is None:
        return 0
    reached = follow(client, operation_id, partial(_has_begun, operation_id))
    return print_status(reached, options) if reached is not None else 0


def _answer(client: OperatorClient, chosen: str | None) -> Any:
    """What the typed phrase comes to; a key is looked for before it is typed, and used after it.

    Another word at the last try goes to the daemon as well, which spends the approval.
    """
    asked = client.ask_for(screen(), "question")
    question = asked.result
    key = _key(client, chosen) if question["approvers"] is not None else None
    if sys.stdout.isatty():
        page(f"{asked.text}\n")
    else:
        show(asked.text)
    typed = read_phrase(question["text"], question["phrase"])
    if typed.reason is not None:
        return client.ask("reject", approval_id=question["approval_id"], reason=typed.reason or None)
    signature = key.sign(question["document"].encode("ascii")) if key is not None and typed.confirmed else None
    return client.ask(
        "approve",
        approval_id=question["approval_id"],
        plan_digest=question["plan_digest"],
        phrase=typed.line,
        channel="terminal",
        signature=signature,
    )


def _key(client: OperatorClient, chosen: str | None) -> "ApprovalKey":
    from sentinel.front.cli.ssh_key import choose_key

    return choose_key(client.ask("approver_keys"), chosen)


def _has_begun(operation_id: str, status: Any) -> bool:
    """Production is being changed: by the deployment after its last checks, or by the rollback."""
    running = status["operation"]
    return running is not None and running["id"] == operation_id and status["state"] != CHECKED_AGAIN


COMMAND = command(
    "Decide",
    "read what waits for approval and confirm it with the exact phrase",
    run,
    argument("--key", metavar="PATH", help="the SSH key to sign with, where the policy names approvers"),
)
