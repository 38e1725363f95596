"""The lines of a changelog that say something: without code blocks, comments, raw HTML and front matter."""

import re
from collections.abc import Iterator
from typing import NamedTuple

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
    """In their order; of what is left out, nothing but its line numbers is seen."""
    text = text.removeprefix("\ufeff")
    reader = _Reader(markdown=_HEADING.search(text) is not None)
    for number, raw in enumerate(_NEWLINE.split(text), start=1):
        line = raw.expandtabs(4) if "\t" in raw else raw
        stripped = line.strip(" \x00")
        indent = len(line) - len(line.lstrip(" "))
        kept = reader.keep(number, indent, stripped)
        if kept is not None:
            yield Line(number, indent, kept)


class _Reader:
    """What is open at a line: at most one of a fence, a comment, a raw element, an HTML block and front matter.

    In a file without Markdown's headings, a row of marks below a line underlines it, and opens no block of code.
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
        """One that is not closed on its line goes on until it is, at most to the end of its paragraph."""
        if self._comment:
            _, closed, text = text.partition("-->")
            if not closed:
                return ""
            self._comment = False
        if "`" not in text:
            text, self._comment = _cut(text)
            return text.rstrip()
        spans = list(_CODE_SPAN.finditer(text))
        hidden = _CODE_SPAN.sub(lambda span: "\x00" * len(span[0]), text)
        kept, place = [], 0
        for comment in _COMMENT.finditer(hidden):
            kept.append(text[place : comment.start()])
            place = comment.end()
            self._comment = not comment[0].endswith("-->")
            if self._comment:
                place = len(text)
                break
        return ("".join(kept) + text[place:]).rstrip() if spans or kept else text


def _cut(text: str) -> tuple[str, bool]:
    """`text` without its comments, and whether the last of them is still open."""
    kept, place = [], 0
    for comment in _COMMENT.finditer(text):
        kept.append(text[place : comment.start()])
        place = comment.end()
        if not comment[0].endswith("-->"):
            return "".join(kept), True
    return "".join(kept) + text[place:], False
