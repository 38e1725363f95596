"""What a person is asked at a real terminal, and what they type there (protocol 3.2)."""

import re
import sys
import termios
from typing import NamedTuple, TextIO

from sentinel.errors.approval import NotConfirmedError, NoTerminalError
from sentinel.front.cli.printing import terminal_size

YES = "yes"
TRIES = 3
"""How often a phrase may be typed until it counts as a refusal."""


def is_terminal() -> bool:
    """Whether somebody can be asked: what is shown must be seen where the answer is typed."""
    return sys.stdin.isatty() and _screen() is not None


def require_terminal(command: str) -> None:
    """Raises NoTerminalError: `command` is a person's alone, whatever stands on its standard input."""
    if not is_terminal():
        raise NoTerminalError(command=command)


def page(text: str) -> None:
    """Shows a long text that belongs to a question, by a pager where it has more lines than the screen.

    What was read stays on the screen, above the question that follows it.
    """
    import shutil  # noqa: PLC0415 - a command that asks about a line needs neither
    import subprocess  # noqa: PLC0415 - the same

    rows = terminal_size().lines if sys.stdout.isatty() else 0
    pager = shutil.which("less")
    fits = not 0 < rows <= text.count("\n") + 1
    if pager is None or fits or subprocess.run([pager, "-RX"], input=text.encode()).returncode:  # noqa: S603, PLW1510
        show(text)


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


REJECT = "reject"
_NO = re.compile(rf"\s*{REJECT}(?:[\s:]+(.*))?", re.IGNORECASE | re.DOTALL)


class Typed(NamedTuple):
    """What was typed at last: the phrase, or a no with its reason, or anything else at the last try."""

    line: str
    phrase: str

    @property
    def confirmed(self) -> bool:
        return self.line == self.phrase

    @property
    def reason(self) -> str | None:
        """What stands behind `reject`, which may be nothing; None where it is no such no."""
        said = _NO.fullmatch(self.line)
        return (said[1] or "").strip() if said else None


def read_phrase(question: str, phrase: str) -> Typed:
    """`question` is shown whole once; after another word its last line is asked again."""
    typed = Typed(read_line(question), phrase)
    for left in range(TRIES - 1, 0, -1):
        if typed.confirmed or typed.reason is not None:
            break
        tries = "One try is" if left == 1 else f"{left} tries are"
        show(f"Not confirmed: only the exact phrase {phrase} confirms, '{REJECT}' refuses. {tries} left.")
        typed = Typed(read_line(question.rpartition("\n")[2], again=True), phrase)
    return typed
