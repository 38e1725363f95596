"""What commands printed: which outputs are kept, and pieces of them."""

from typing import Literal, get_args

from pydantic import AwareDatetime

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

Step = Literal["setup", "build", "tests", "staging", "smoke", "production", "rollback"]
"""The steps of operations that run a command of the policy."""
STEPS: tuple[str, ...] = get_args(Step)


class LoggedCommand(Frozen):
    """A command whose output is kept; `ended` says how it ended, and is empty while it runs."""

    operation: str
    step: str
    attempt: int
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    ended: FreeText = ""


class LogPiece(Frozen):
    """Whole lines of an output from one offset to the next, printable; `over` where nothing can follow."""

    text: FreeText
    next_offset: int
    over: bool
