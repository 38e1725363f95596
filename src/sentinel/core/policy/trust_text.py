"""What a person reads before they trust a file: its text, or how its bytes differ from the trusted ones."""

import difflib
import unicodedata
from collections.abc import Iterator

from sentinel.core.values.printable import printable

SHOWN_BYTES = 1024 * 1024
"""How much of a file is shown; a larger one is cut at the front."""
_TAB, _BLANK = "\u2192   ", "\u00b7"


def shown_file(path: str, now: bytes, trusted: bytes | None) -> tuple[str, ...]:
    """The whole file where it is new, else what has changed in it since it was trusted."""
    name = printable(path)
    if trusted == now:
        return (f"=== {name} (unchanged)",)
    cut = (f"[the first {len(now) - SHOWN_BYTES} bytes are not shown]",) if len(now) > SHOWN_BYTES else ()
    if trusted is None:
        return (f"=== {name} (new)", *cut, *(_text(line) for line in now[-SHOWN_BYTES:].split(b"\n")))
    return (f"=== {name} (changed)", *cut, *_difference(trusted[-SHOWN_BYTES:], now[-SHOWN_BYTES:]))


def _difference(trusted: bytes, now: bytes) -> Iterator[str]:
    """A unified difference by bytes, in which white space can be seen where lines differ."""
    before, after = (list(map(_kept, content.split(b"\n"))) for content in (trusted, now))
    lines = list(difflib.unified_diff(before, after, "trusted", "now", lineterm=""))
    removed, added = ({_seen(line[1:]) for line in lines[2:] if line[0] == sign} for sign in "-+")
    alike = removed & added
    for number, line in enumerate(lines):
        if number < 2 or line[0] == "@":
            yield line
        elif line[0] == " ":
            yield f" {_text(_bytes(line[1:]))}"
        else:
            shown = _seen(line[1:])
            yield f"{line[0]}{repr(_bytes(line[1:])) if shown in alike else shown}"


def _kept(line: bytes) -> str:
    """As text that holds every byte."""
    return line.decode("utf-8", "surrogateescape")


def _bytes(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")


def _text(line: bytes) -> str:
    """A line for reading; what is no UTF-8 is shown by its numbers."""
    return printable(line.decode("utf-8", "backslashreplace").replace("\t", "    "), limit=SHOWN_BYTES)


def _seen(line: str) -> str:
    """A changed line: tabs as arrows, blanks at its end as dots, other white space by its numbers."""
    text = _bytes(line).decode("utf-8", "backslashreplace")
    body = text.rstrip(" ")
    tail = _BLANK * (len(text) - len(body))
    return "".join(_sign(character) for character in body) + tail


def _sign(character: str) -> str:
    if character == "\t":
        return _TAB
    if character != " " and unicodedata.category(character) == "Zs":
        return f"\\u{ord(character):04x}"
    return printable(character)
