"""What a line begins with: a box of a task list, in whatever spelling people and editors write one."""

import re
import unicodedata
from enum import Enum, auto


class Box(Enum):
    """`TICKED` is an x in brackets, `BLANK` nothing in them, `OTHER` any other mark, as for cancelled or moved."""

    TICKED = auto()
    BLANK = auto()
    OTHER = auto()


_BEFORE = re.compile(
    r"(?:[\s\-+*_~#>|\\\u2022\u2023\u25e6\u2043\u2219\u00b7\u2013\u2014\u2212\u200b-\u200d\u2060\ufeff\u00ad]"
    r"|\(?[0-9a-zA-Z]{1,9}[.)]|</?(?:del|s|b|i|u|em|strong)>)*+"
)
"""Bullets and numbers of any style, quotes, table cells, emphasis also in HTML, escapes, and what has no width."""
_BULLET = re.compile(r"[\-+*\u2022\u2023\u25e6\u2043\u2219\u00b7\u2013\u2014\u2212]|[.)]$")
_BRACKETS = re.compile(r"\[([^\[\]]{0,20})\]|\(([\s\u200b]*)\)(?=\s)")
_INPUT = re.compile(r"<input\b(?=[^<>]*\bcheckbox\b)(?![^<>]*\bchecked\b)", re.IGNORECASE)
_NEVER_CLOSED = re.compile(r"\[(?=[\sxX])[^\]]*$")
_SQUARES = "\u2610\u25a1\u25a2\u25fb\u25fd\u2b1c\U0001f532\U0001f533"
"""Empty boxes that are letters of their own."""
_STATUS = frozenset(
    ("todo", "to do", "open", "wip", "doing", "pending", "blocked", "tbd", "in progress", "started", "waiting", "later")
)


def leading_box(line: str) -> Box | None:
    """The box that the text of a line begins with; None where there is none. Also lines that are no list items."""
    text = unicodedata.normalize("NFKC", line)
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    listed = _BULLET.search(text[:start].strip()) is not None
    rest = text[start:]
    if (rest[:1] and rest[0] in _SQUARES) or _INPUT.match(rest):
        return Box.BLANK
    match = _BRACKETS.match(rest)
    if match is None:
        return Box.OTHER if listed and _NEVER_CLOSED.match(rest) else None
    if match[1] is None:
        return Box.BLANK if listed and match[2] else None
    return _judged(match[1], rest[match.end() :], listed=listed)


def _judged(inside: str, after: str, *, listed: bool) -> Box | None:
    """A box with `inside`, unless it is a link, a footnote, or a label such as `[docs]`."""
    mark = "".join(character for character in inside if not _is_blank(character))
    if not mark:
        return Box.BLANK
    if after.startswith(("(", "[")) or (mark.startswith(("^", "@", "!")) and len(mark) > 1):
        return None
    if inside in ("x", "X"):
        return Box.TICKED
    if not listed:
        # A line that is no item may begin with a reference, `[1] …` or `[a]: …`.
        return Box.OTHER if len(mark) == 1 and not mark.isalnum() else None
    if after.startswith(":") and mark.isalnum():
        return None
    short = len(mark) == 1 or (len(mark) <= 3 and not mark.isalnum()) or not mark.strip("xX")
    return Box.OTHER if short or inside.strip().casefold() in _STATUS else None


def _is_blank(character: str) -> bool:
    """Also what has no width, and the blanks that are symbols or letters."""
    return (
        character.isspace()
        or unicodedata.category(character) in ("Cf", "Cc", "Mn")
        or character in "\u2800\u3164\u115f\u1160"
    )
