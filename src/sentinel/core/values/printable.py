"""Text from outside, made safe for a terminal, a page or a model: hidden characters are shown, not obeyed."""

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Marks and letters without a shape (Unicode's Default_Ignorable_Code_Point, and the empty Braille cell)."""


def printable(text: str, *, limit: int = 500) -> str:
    r"""`text` on one line: hidden characters as `\x1b` or `\u202e`, cut at `limit` characters."""
    cut = text[:limit]
    plain = cut.isprintable() and not _INVISIBLE.search(cut)  # nearly every text is, and need not be taken apart
    shown = cut if plain else "".join(map(_shown, cut))
    return f"{shown}…" if len(text) > limit else shown


def printable_lines(text: str, *, limit: int = 8000) -> str:
    """The end of a text of several lines, each made safe; tabs become four spaces."""
    return "\n".join(printable(line, limit=limit) for line in text[-limit:].replace("\t", "    ").split("\n"))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN and not _INVISIBLE.match(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
