"""A release's notes: what it changes, as its tag, the question to a human and the status tell it."""

from collections.abc import Iterable, Iterator

from sentinel.core.candidate.changelog import Entry
from sentinel.core.values.printable import printable

LINES = 60
"""Lines of the notes at most; the rest is counted."""
WIDTH = 200


def write_notes(entries: Iterable[Entry]) -> str:
    """The entries under their categories, in their order.

    Every line begins with a mark and a blank, and no run of dashes is left: nothing in the notes can be taken for a
    checkpoint, a key or a signature in the tag's message.
    """
    lines = list(_lines(entries))
    shown = lines[:LINES]
    left = sum(line.startswith("- ") for line in lines[LINES:])
    return "\n".join((*shown, *((f"- and {left} more",) if left else ())))


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    category = ""
    for entry in entries:
        above = ", ".join(entry.headings)
        if above and above != category:
            yield f"## {_safe(above)}"
        elif category and not above:
            yield "## Other"
        category = above
        yield f"- {_safe(entry.text)}"


def _safe(text: str) -> str:
    return printable(text, limit=WIDTH).replace("---", "- - -").replace("---", "- - -")


def shorten(notes: str, *, limit: int) -> str:
    """The first whole lines of the notes that have at most `limit` characters together."""
    kept: list[str] = []
    size = 0
    for line in notes.split("\n"):
        size += len(line) + 1
        if size > limit:
            return "\n".join((*kept, "…"))
        kept.append(line)
    return "\n".join(kept)
