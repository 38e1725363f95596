"""What a person is asked at a real terminal, and what they type there (protocol 3.2)."""

import sys
import termios
from typing import TextIO

from sentinel.errors.approval import NotConfirmedError, NoTerminalError

YES = "yes"
TRIES = 3
"""How often a phrase may be typed until it is a no."""


def is_terminal() -> bool:
    """Whether somebody can be asked: what is shown must be seen where the answer is typed."""
    return sys.stdin.isatty() and _screen() is not None


def require_terminal(command: str) -> None:
    """Raises NoTerminalError: `command` is a person's alone, whatever stands on its standard input."""
    if not is_terminal():
        raise NoTerminalError(command=command)


def show(text: str) -> None:
    """Text that belongs to a question; standard output may lead elsewhere, for what the command prints."""
    screen = _screen() or sys.stderr
    screen.write(f"{text}\n")
    screen.flush()


def read_line(prompt: str, *, again: bool = False) -> str:
    """What is typed after `prompt` appeared; what was typed before it was not meant for it, and is thrown away.

    Where it is asked `again`, the question has been seen already. Whatever was typed is a line: bytes that are no text
    become replacement characters.
    """
    if not again:
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    screen = _screen() or sys.stderr
    screen.write(f"{prompt} ")
    screen.flush()
    return sys.stdin.buffer.readline().decode(errors="replace").removesuffix("\n")


def confirm(what: str) -> None:
    """Shows what would change, and raises NotConfirmedError unless a person says yes."""
    show(what)
    if read_line(f"Is that what you want? (Type '{YES}' to confirm):") != YES:
        raise NotConfirmedError(phrase=YES)


def _screen() -> TextIO | None:
    return next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)
