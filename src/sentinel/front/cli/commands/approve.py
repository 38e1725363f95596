"""`sentinel approve`: shows what waits, and reads one line from a real terminal (protocol 3.2, design 3.3).

What was approved is checked once more before it begins: the command ends when it has begun, or was refused.
"""

from argparse import Namespace
from functools import partial
from typing import Any

from sentinel.core.states import State
from sentinel.engine.faces import Question
from sentinel.errors.approval import NoTerminalError
from sentinel.front.cli.daemon_link import follow, operator
from sentinel.front.cli.printing import print_status, say
from sentinel.front.cli.terminal import is_terminal, read_line
from sentinel.front.render import question_heading


def run(options: Namespace) -> int:
    if not is_terminal():
        raise NoTerminalError
    client = operator(options)
    question = Question.model_validate(client.ask("question"))
    say(question_heading(question))
    phrase = read_line(question.text)
    answer = client.ask(
        "approve",
        approval_id=question.approval_id,
        plan_digest=question.plan_digest,
        phrase=phrase,
        channel="terminal",
    )
    say(answer["status"]["message"])
    operation_id = answer["operation_id"]
    return print_status(follow(client, operation_id, partial(_has_begun, operation_id)), options)


def _has_begun(operation_id: str, status: Any) -> bool:
    """Production is being changed: by the deployment after its last checks, or by the rollback."""
    running = status["operation"]
    return running is not None and running["id"] == operation_id and status["state"] != State.AWAITING_APPROVAL
