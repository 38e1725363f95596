"""`sentinel approve` and `sentinel reject`: a person answers what waits for approval.

`approve` shows the question and reads the phrase from a real terminal. Where the policy names approvers, the plan is
then signed with a key of the person's own. What was approved is checked once more before it starts. Then the command
shows the live view; if none can be drawn, it ends when what was approved has started.
"""

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.following import follow
from sentinel.front.cli.parser import JSON, argument, command
from sentinel.front.cli.printing import print_data, print_status, say, screen
from sentinel.front.cli.terminal import confirm, page, read_phrase, require_terminal
from sentinel.front.operator.client import OperatorClient

if TYPE_CHECKING:
    from sentinel.front.cli.ssh_key import ApprovalKey

CHECKED_AGAIN = "AWAITING_APPROVAL"
"""The state in which an approved deployment makes its last checks."""


def _approve(options: Namespace) -> int:
    if options.json:
        return _print_question(operator(options))
    require_terminal("approve")
    client = operator(options)
    answer = _answer(client, options.key)
    say(answer["status"]["message"])
    operation_id = answer["operation_id"]
    if operation_id is None:
        return 0
    reached = follow(client, operation_id, partial(_has_begun, operation_id))
    return print_status(reached, options) if reached is not None else 0


def _print_question(client: OperatorClient) -> int:
    """For a program that shows it to a person elsewhere: where they can answer, `status.approval.url` says."""
    question = client.ask("question")
    print_data({"status": client.ask("status")["status"], "question": question})
    return 0


def _answer(client: OperatorClient, chosen: str | None) -> Any:
    """The daemon's answer to what was typed. A key is looked for before the question and used after it.

    A wrong phrase at the last try goes to the daemon as well, which then refuses.
    """
    asked = client.ask_for(screen(), "question")
    question = asked.result
    key = _key(client, chosen) if question["approvers"] is not None else None
    page(f"{asked.text}\n")
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
    """Whether production is being changed: by the deployment after its last checks, or by the rollback."""
    running = status["operation"]
    return running is not None and running["id"] == operation_id and status["state"] != CHECKED_AGAIN


APPROVE = command(
    "read what waits for approval, and approve it by the exact phrase",
    _approve,
    argument("--json", action="store_true", help="only print the question as data; it decides nothing"),
    argument("--key", metavar="PATH", help="the SSH key to sign with, where the policy names approvers"),
)


def _reject(options: Namespace) -> int:
    require_terminal("reject")
    client = operator(options)
    found = client.ask("status")
    asked = found["status"]["approval"]
    if asked is not None:
        confirm(project_line(found, f"refuses this {asked['kind']}:\n{asked['text'].rpartition(chr(10))[0]}"))
    approval_id = asked["id"] if asked else None
    return print_status(client.ask_for(screen(), "reject", approval_id=approval_id, reason=options.reason), options)


REJECT = command(
    "refuse what waits for approval",
    _reject,
    argument("--reason", help="why; the agent that asked is told"),
    JSON,
)
