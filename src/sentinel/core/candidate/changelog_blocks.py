"""A changelog as headings, labels and entries in their order, from Markdown and reStructuredText.

It is read line by line, in linear time: people and generators write something close to both formats, and often
neither.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sentinel.core.candidate.changelog_text import plain
from sentinel.core.policy.changelog_categories import demand_of, normal

_NEWLINE = re.compile(r"\r\n|\n|\r")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]", re.MULTILINE)
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_COMMENT = re.compile(r"<!--(?:.*?-->)?")
# The names of CommonMark's HTML blocks, which end at a blank line.
_HTML = re.compile(
    r"</?(?:address|article|aside|base|blockquote|body|br|center|details|dd|dialog|div|dl|dt|fieldset|figure|footer|form"
    r"|h[1-6]|head|header|hr|html|iframe|img|li|link|main|menu|nav|ol|p|section|source|summary|table|tbody|td|tfoot|th"
    r"|thead|title|tr|ul)(?:[\s/>]|$)",
    re.IGNORECASE,
)
_RAW = re.compile(r"<(pre|script|style|textarea)(?:[\s>]|$)", re.IGNORECASE)


class Line(NamedTuple):
    """One line without the blanks around it; `indent` counts the ones before it, a tab as four."""

    number: int
    indent: int
    text: str


def content_lines(text: str) -> Iterator[Line]:
    """The lines that count, in order; the others only advance the line numbers."""
    text = text.removeprefix("\ufeff")
    reader = _LineReader(markdown=_HEADING.search(text) is not None)
    for number, raw in enumerate(_NEWLINE.split(text), start=1):
        line = raw.expandtabs(4) if "\t" in raw else raw
        stripped = line.strip(" \x00")
        indent = len(line) - len(line.lstrip(" "))
        kept = reader.keep(number, indent, stripped)
        if kept is not None:
            yield Line(number, indent, kept)


class _LineReader:
    """What is open at a line: at most one of a fence, a comment, a raw element, an HTML block and front matter.

    In a file without Markdown headings, a row of marks below a line underlines it and opens no block of code.
    """

    def __init__(self, *, markdown: bool) -> None:
        self._markdown, self._blank = markdown, True
        self._fence = ("", 0)
        self._until = ""
        self._comment = self._html = self._front_matter = False

    def keep(self, number: int, indent: int, text: str) -> str | None:
        """The line as it counts, or None where it does not."""
        if self._in_block(number, indent, text):
            return None
        if not text:
            self._html = self._comment = False
            self._blank = True
            return text
        blank, self._blank = self._blank, False
        if self._opens_block(indent, text, fenced=self._markdown or blank):
            return None
        return self._without_comments(text) if self._comment or "<!--" in text else text

    def _in_block(self, number: int, indent: int, text: str) -> bool:
        if number == 1 and text == "---":
            self._front_matter = True
            return True
        if self._front_matter:
            self._front_matter = text not in ("---", "...")
            return True
        if self._until:
            if self._until in text.lower():
                self._until = ""
            return True
        if self._fence[0]:
            return self._in_fence(indent, text)
        return self._html and bool(text)

    def _in_fence(self, indent: int, text: str) -> bool:
        mark, begun = self._fence
        if begun and text and indent < begun:  # the list item that it stood in is over
            self._fence = ("", 0)
            return False
        if text.startswith(mark) and not text.strip(mark[0]):
            self._fence = ("", 0)
        return True

    def _opens_block(self, indent: int, text: str, *, fenced: bool) -> bool:
        first = text[0]
        if fenced and first in "`~" and (fence := _FENCE.match(text)) and (first == "~" or "`" not in fence[2]):
            self._fence = (fence[1], indent)
            return True
        if first != "<" or self._comment:
            return False
        if text.startswith("<!--") and "-->" not in text:
            self._until = "-->"
            return True
        if (raw := _RAW.match(text)) is not None:
            closing = f"</{raw[1].lower()}>"
            self._until = "" if closing in text.lower() else closing
            return True
        self._html = _HTML.match(text) is not None
        return self._html

    def _without_comments(self, text: str) -> str:
        """A comment that is not closed on its line continues, at most to the end of its paragraph."""
        if self._comment:
            _, closed, text = text.partition("-->")
            if not closed:
                return ""
            self._comment = False
        hidden = _CODE_SPAN.sub(lambda span: "\x00" * len(span[0]), text) if "`" in text else text
        text, self._comment = _cut(text, hidden)
        return text.rstrip()


def _cut(text: str, hidden: str) -> tuple[str, bool]:
    """`text` without its comments, and whether the last of them is still open; in `hidden`, code is blanked out."""
    kept, place = [], 0
    for comment in _COMMENT.finditer(hidden):
        kept.append(text[place : comment.start()])
        place = comment.end()
        if not comment[0].endswith("-->"):
            return "".join(kept), True
    return "".join(kept) + text[place:], False


LABEL = 9
"""The level of a label line: below every heading."""
_ATX = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?")
_UNDERLINE = re.compile(r"([=\-~^\"'#*+.:_`])\1{1,}")
_RULE = re.compile(r"(?:[-*_=~^+] *){3,}")
_BULLET = re.compile(r"([-*+•][ ]+|\d{1,9}[.)][ ]+|[-*+•]$|\d{1,9}[.)]$)(.*)")
_MARKERS = re.compile(r"(?:(?:[-*+•]|\d{1,9}[.)])(?:[ ]+|$))+")
_REFERENCE = re.compile(r"\[[^\[\]]{1,200}\]:(?:\s|$)")
_DIRECTIVE = re.compile(r"\.\.(?:\s|$)")
_LABEL = re.compile(r"\W*(?:(?P<mark>\*{1,3}|_{1,3})(?P<bold>[^*_:]+:?)(?P=mark):?|(?P<plain>[^:]+:))\W*")
_LABEL_WORDS = 8
_MARKDOWN_LEVELS = {"=": 1, "-": 2, "~": 3, "^": 4}
_CODE_INDENT = 4


class Block(NamedTuple):
    """A heading, a label line, or an entry with the raw text of each of its items, the nested ones too."""

    kind: Literal["heading", "label", "entry"]
    line: int
    level: int
    items: tuple[str, ...]

    @property
    def raw(self) -> str:
        return self.items[0]


def read_blocks(text: str) -> Iterator[Block]:
    """The blocks in order.

    A heading in another format than Markdown gets its level from the order in which its underline first appears.
    """
    lines = list(content_lines(text))
    markdown = any(line.indent < _CODE_INDENT and line.text[:1] == "#" and _ATX.fullmatch(line.text) for line in lines)
    return _Reader(lines, markdown=markdown).blocks()


@dataclass(slots=True)
class _Open:
    """The paragraph or list item that is being read; `content` is where the text of an item begins."""

    line: int
    content: int
    items: list[list[str]] = field(default_factory=lambda: [[]])

    @property
    def is_item(self) -> bool:
        return self.content > 0


class _Reader:
    def __init__(self, lines: list[Line], *, markdown: bool) -> None:
        self._lines = lines
        self._markdown = markdown
        self._levels = dict(_MARKDOWN_LEVELS) if markdown else {}
        self._open: _Open | None = None
        self._directive = -1

    def blocks(self) -> Iterator[Block]:
        blank, index = True, 0
        while index < len(self._lines):
            line = self._lines[index]
            index += 1
            if not line.text or self._in_directive(line):
                blank = blank or not line.text
                continue
            heading = self._heading(index - 1, blank=blank)
            if heading is not None:
                yield from self._close()
                yield heading
                index += line.text[0] != "#" or _ATX.fullmatch(line.text) is None  # its underline
            elif self._says_nothing(line):
                yield from self._close()
                self._directive = line.indent if _DIRECTIVE.match(line.text) else -1
            else:
                yield from self._take(line, blank=blank)
            blank = heading is not None
        yield from self._close()

    def _in_directive(self, line: Line) -> bool:
        if self._directive >= 0 and line.indent > self._directive:
            return True
        self._directive = -1
        return False

    def _heading(self, index: int, *, blank: bool) -> Block | None:
        line = self._lines[index]
        if line.indent >= _CODE_INDENT:
            return None
        if line.text[0] == "#" and (atx := _ATX.fullmatch(line.text)) is not None:
            return Block("heading", line.number, len(atx[1]), (atx[2] or "",))
        following = self._lines[index + 1].text if index + 1 < len(self._lines) else ""
        if not following or not self._underlines(following, line, blank=blank):
            return None
        level = self._levels.setdefault(following[0], len(self._levels) + 1)
        return Block("heading", line.number, level, (line.text,))

    def _underlines(self, text: str, above: Line, *, blank: bool) -> bool:
        if text[0] not in "=-~^\"'#*+.:_`" or _UNDERLINE.fullmatch(text) is None:
            return False
        if not (blank or self._open is None) or _UNDERLINE.fullmatch(above.text) or _BULLET.fullmatch(above.text):
            return False
        return text[0] in "=-" or (not self._markdown and len(text) + 1 >= len(above.text))

    def _says_nothing(self, line: Line) -> bool:
        text, first = line.text, line.text[0]
        if first in "-*_=~^+" and _RULE.fullmatch(text):
            return True
        if first == "[" and (self._open is None or not self._open.is_item) and _REFERENCE.match(text):
            return True
        return first == "." and _DIRECTIVE.match(text) is not None

    def _take(self, line: Line, *, blank: bool) -> Iterator[Block]:
        bullet = _BULLET.fullmatch(line.text) if line.text[0] in "-*+•0123456789" else None
        if bullet is not None:
            yield from self._take_item(line, bullet, blank=blank)
            return
        current = self._open
        if current is not None and (not blank or (current.is_item and line.indent > 0)):
            current.items[-1].append(line.text)
            return
        yield from self._close()
        if self._markdown and line.indent >= _CODE_INDENT:
            return
        self._open = _Open(line.number, 0, [[line.text.lstrip("> ")]])

    def _take_item(self, line: Line, bullet: re.Match[str], *, blank: bool) -> Iterator[Block]:
        text = _MARKERS.sub("", line.text, count=1) if _MARKERS.match(bullet[2]) else bullet[2]
        current = self._open
        if current is not None and current.is_item and line.indent >= current.content:
            current.items.append([text])
            return
        if self._markdown and line.indent >= _CODE_INDENT and blank and (current is None or not current.is_item):
            yield from self._close()
            return
        yield from self._close()
        self._open = _Open(line.number, line.indent + len(bullet[1]), [[text]])

    def _close(self) -> Iterator[Block]:
        current, self._open = self._open, None
        if current is None:
            return
        items = tuple(" ".join(words) for words in current.items)
        if current.is_item and len(items) > 1 and _is_category(items[0]):
            yield Block("label", current.line, LABEL, items[:1])
            for item in items[1:]:
                yield Block("entry", current.line, 0, (item,))
            yield Block("label", current.line, LABEL, ("",))
        elif not current.is_item and len(current.items[0]) == 1 and is_label(items[0]):
            yield Block("label", current.line, LABEL, items)
        else:
            yield Block("entry", current.line, 0, items)


def is_label(raw: str) -> bool:
    """Whether a single line names a category for what follows: in bold, with a colon, or by its words."""
    if len(raw) > 100 or len(words := raw.split()) > _LABEL_WORDS:
        return False
    if (label := _LABEL.fullmatch(raw)) is not None:
        return not (label["bold"] or "").rstrip().endswith((".", "!", "?"))
    return len(words) <= 4 and _is_category(raw)


def _is_category(raw: str) -> bool:
    words = plain(raw)
    if len(words.split()) > 4 or ":" in words[:-1] or not (words[-1:].isalpha() or words.endswith(":")):
        return False
    return demand_of(normal(words)) is not None
