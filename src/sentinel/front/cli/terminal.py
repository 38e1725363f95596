"""What a person is asked at a real terminal, and what they type there."""

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
    """Whether somebody can be asked: the question must appear where the answer is typed."""
    return sys.stdin.isatty() and _screen() is not None


def require_terminal(command: str) -> None:
    """Raises NoTerminalError: only a person may run `command`, whatever its standard input contains."""
    if not is_terminal():
        raise NoTerminalError(command=command)


def page(text: str) -> None:
    """Shows a long text that belongs to a question, in a pager if it has more lines than the screen.

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
    """What is typed after `prompt` appeared; whatever was typed earlier is discarded: it was not an answer to it.

    If it is asked `again`, the person has seen the question already. Bytes that are not text become replacement
    characters.
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
    """The last line that was typed: the phrase, a refusal with its reason, or anything else at the last try."""

    line: str
    phrase: str

    @property
    def confirmed(self) -> bool:
        return self.line == self.phrase

    @property
    def reason(self) -> str | None:
        """What follows `reject`, which may be nothing; None if the line is no refusal."""
        said = _NO.fullmatch(self.line)
        return (said[1] or "").strip() if said else None


def read_phrase(question: str, phrase: str) -> Typed:
    """`question` is shown in full once; after a wrong phrase only its last line is asked again."""
    typed = Typed(read_line(question), phrase)
    for left in range(TRIES - 1, 0, -1):
        if typed.confirmed or typed.reason is not None:
            break
        tries = "One try is" if left == 1 else f"{left} tries are"
        show(f"Not confirmed: only the exact phrase {phrase} confirms, '{REJECT}' refuses. {tries} left.")
        typed = Typed(read_line(question.rpartition("\n")[2], again=True), phrase)
    return typed
