"""Texts laid out for a person's screen: headings, labelled values and items, wrapped to its width."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sentinel.core.values.frozen import Frozen

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]
_CODES: dict[Style, int] = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}


class Screen(Frozen):
    """What it can show, as the client says; `width` is None where the text goes elsewhere and is not wrapped."""

    width: Annotated[int, Field(ge=20, le=1000)] | None = None
    colour: bool = False

    def paint(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[m" if self.colour else text


BETWEEN_BACKTICKS = re.compile(r"`[^`]*`")
_BLANK = "\0"
"""Stands for a blank at which no line is broken; printable text has none."""
LABEL = 12
"""Columns of a label, with the blanks behind it."""


def heading(screen: Screen, text: str) -> str:
    return screen.paint(text, "bold")


def labelled(screen: Screen, label: str, text: str) -> Iterator[str]:
    """`label` in a column of its own, and `text` beside it."""
    first, *rest = wrapped(screen, text, indent=LABEL)
    yield f"{screen.paint(f'{label:<{LABEL - 1}}', 'dim')} {first}"
    yield from (f"{' ' * LABEL}{line}" for line in rest)


def item(screen: Screen, text: str, *, mark: str = "  ") -> Iterator[str]:
    """`text` after `mark`; further lines are indented to its beginning."""
    first, *rest = wrapped(screen, text, indent=len(mark))
    yield f"{mark}{first}"
    yield from (f"{' ' * len(mark)}{line}" for line in rest)


def wrapped(screen: Screen, text: str, *, indent: int = 0) -> list[str]:
    """`text`, one line, wrapped to the width beside `indent`; unchanged if the screen has no width.

    A command between backticks stays on one line, so that it can be copied.
    """
    if screen.width is None:
        return [text]
    kept = BETWEEN_BACKTICKS.sub(lambda found: found[0].replace(" ", _BLANK), text)
    lines = textwrap.wrap(kept, max(20, screen.width - indent), break_on_hyphens=False)
    return [line.replace(_BLANK, " ") for line in lines] or [""]


def cut(text: str, width: int) -> str:
    """As much of `text`, which is printable, as fits into `width` columns; East Asian letters take two."""
    columns = fitting = 0
    for place, sign in enumerate(text):
        columns += 2 if unicodedata.east_asian_width(sign) in "WF" else 0 if unicodedata.combining(sign) else 1
        if columns > width:
            return f"{text[:fitting]}…"
        if columns < width:
            fitting = place + 1
    return text
