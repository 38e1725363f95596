"""The sprint's tasks as a Markdown task list: `- [ ] open`, `- [x] done`.

Everything else that begins like a checkbox is reported with its line, so that no task in another spelling is
overlooked.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.errors.version import NestingError

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode


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
"""Characters that are empty boxes."""
_STATUS = frozenset(
    ("todo", "to do", "open", "wip", "doing", "pending", "blocked", "tbd", "in progress", "started", "waiting", "later")
)


def leading_box(line: str) -> Box | None:
    """The checkbox at the beginning of a line's text; None if there is none. Lines that are no list items count too."""
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
    """Also characters without width, and blanks that are symbols or letters."""
    return (
        character.isspace()
        or unicodedata.category(character) in ("Cf", "Cc", "Mn")
        or character in "\u2800\u3164\u115f\u1160"
    )


NESTING = 20
"""markdown-it's own limit: it drops all that follows a list item or a quote that nests deeper. A list counts twice."""

_CONTAINERS = ("list_item_open", "blockquote_open")


def parse_markdown(text: str) -> "SyntaxTreeNode":
    """The document's tree; raises NestingError. A byte order mark is no text."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - memory that a daemon needs once it prepares a release
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415

    tokens = MarkdownIt("commonmark", {"maxNesting": NESTING}).parse(text.removeprefix("\ufeff"))
    if any(token.type in _CONTAINERS and token.level >= NESTING - 1 for token in tokens):
        raise NestingError
    return SyntaxTreeNode(tokens)


_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BREAKS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Characters that many editors show as the end of a line, and Markdown does not."""


class UnclearTask(Frozen):
    """A line that begins like a task and is neither open nor done."""

    line: int
    text: str


class Checklist(Frozen):
    """The open tasks by their text, the number of done ones, and the lines that cannot be read as either."""

    open: tuple[str, ...]
    done: int
    unclear: tuple[UnclearTask, ...] = ()

    @property
    def total(self) -> int:
        return len(self.open) + self.done + len(self.unclear)


def parse_checklist(markdown: str) -> Checklist:
    """Every list item that begins with a box, at any depth; those in closed code blocks and comments are no tasks.

    Raises NestingError where the lists are too deep to be read.
    """
    text = markdown.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    tree = parse_markdown(text)
    tasks = {line: match for line, first in _items(tree) if (match := _TASK.match(first))}
    passed_over = set(tasks).union(*(_hidden(node, lines) for node in tree.walk()))
    return Checklist(
        open=tuple(printable(" ".join(task[2].split()), limit=200) for task in tasks.values() if task[1] == " "),
        done=sum(task[1] != " " for task in tasks.values()),
        unclear=tuple(
            UnclearTask(line=number + 1, text=_shown(part))
            for number, line in enumerate(lines)
            for place, part in enumerate(_BREAKS.split(line))
            if (place or number not in passed_over) and _is_unclear(part)
        ),
    )


def _shown(line: str) -> str:
    r"""A blank that is not a space as `\xa0`: it looks like one, and is the fault."""
    text = "".join(c if c == " " or not c.isspace() else "    " if c == "\t" else ascii(c)[1:-1] for c in line.strip())
    return printable(text, limit=100)


def _is_unclear(line: str) -> bool:
    """A ticked checkbox that is no task, as in `-[x] two`, is not counted as done."""
    return leading_box(line) in (Box.BLANK, Box.OTHER)


def _items(tree: "SyntaxTreeNode") -> Iterator[tuple[int, str]]:
    """Each item's own text, without that of the items below it, and the line on which it begins."""
    for node in tree.walk():
        first = node.children[0] if node.type == "list_item" and node.children else None
        if first is not None and first.type == "paragraph" and first.map is not None:
            yield first.map[0], "".join(inline.content for inline in first.children)


def _hidden(node: "SyntaxTreeNode", lines: list[str]) -> Iterator[int]:
    """The lines of a code block or a comment, where it is closed."""
    if node.is_root or node.map is None:
        return
    begin, end = node.map
    if node.type == "fence" and _is_closed(node.markup, lines[begin + 1 : end]):
        yield from range(begin, end)
    elif node.type == "html_block":
        block, line, at = "\n".join(lines[begin:end]), begin, 0
        for comment in _COMMENT.finditer(block):
            first = line + block.count("\n", at, comment.start())
            line, at = first + comment[0].count("\n"), comment.end()
            yield from range(first, line + 1)


def _is_closed(markup: str, lines: list[str]) -> bool:
    """By a last line with at least as many of its own marks, inside lists and quotes."""
    last = lines[-1].strip(" \t>") if lines else ""
    return last.startswith(markup) and not last.strip(markup[0])
