"""`sentinel approve`: shows what waits, and reads one line from a real terminal (protocol 3.2, design 3.3)."""

import sys
import termios
from argparse import Namespace

from sentinel.engine.faces import Question
from sentinel.errors.approval import NoTerminalError
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import print_status, say
from sentinel.front.render import question_heading


def run(options: Namespace) -> int:
    if not sys.stdin.isatty():
        raise NoTerminalError
    client = operator(options)
    question = Question.model_validate(client.ask("question"))
    say(question_heading(question))
    phrase = _read_line(question.text)
    answer = client.ask(
        "approve",
        approval_id=question.approval_id,
        plan_digest=question.plan_digest,
        phrase=phrase,
        channel="terminal",
    )
    return print_status(answer["status"], options)


def _read_line(prompt: str) -> str:
    """What is typed after the prompt; what was typed before it was not meant for it, and is thrown away."""
    sys.stdout.write(f"{prompt} ")
    sys.stdout.flush()
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    return sys.stdin.readline().removesuffix("\n")
