"""`sentinel approve`: shows what waits, and reads one line from a real terminal (protocol 3.2, design 3.3)."""

from argparse import Namespace

from sentinel.engine.faces import Question
from sentinel.errors.approval import NoTerminalError
from sentinel.front.cli.daemon_link import operator
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
    return print_status(answer["status"], options)
