"""The exact phrase of a question, for which a person has three tries; `reject` is a no (protocol 3.2)."""

import re
from dataclasses import dataclass

from sentinel.front.cli.terminal import TRIES, read_line, show

REJECT = "reject"
_NO = re.compile(rf"\s*{REJECT}(?:[\s:]+(.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
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
        show(f"Nothing is confirmed: only the exact phrase {phrase} does that. '{REJECT}' is a no. {tries} left.")
        typed = Typed(read_line(question.rpartition("\n")[2], again=True), phrase)
    return typed
