"""The sprint's tasks as a Markdown task list: `- [ ] open`, `- [x] done`.

Whatever else begins like a box is neither, and is named with its line: a task in another spelling is never overlooked.
"""

import re
from collections.abc import Iterator

from markdown_it.tree import SyntaxTreeNode

from sentinel.core.candidate.markdown import parse_markdown
from sentinel.core.candidate.task_boxes import Box, leading_box
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BREAKS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What many editors show as the end of a line, and Markdown does not."""


class UnclearTask(Frozen):
    """A line that begins like a task and is neither open nor done."""

    line: int
    text: str


class Checklist(Frozen):
    """The open tasks by their text, how many are done, and what cannot be told."""

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
    r"""With a blank that is no space as `\xa0`: it looks like one, and is what is wrong."""
    text = "".join(c if c == " " or not c.isspace() else "    " if c == "\t" else ascii(c)[1:-1] for c in line.strip())
    return printable(text, limit=100)


def _is_unclear(line: str) -> bool:
    """A box that is ticked and is no task, as in `-[x] two`, takes nothing away: it is not counted as done."""
    return leading_box(line) in (Box.BLANK, Box.OTHER)


def _items(tree: SyntaxTreeNode) -> Iterator[tuple[int, str]]:
    """Each item's own text, without that of the items below it, and the line on which it begins."""
    for node in tree.walk():
        first = node.children[0] if node.type == "list_item" and node.children else None
        if first is not None and first.type == "paragraph" and first.map is not None:
            yield first.map[0], "".join(inline.content for inline in first.children)


def _hidden(node: SyntaxTreeNode, lines: list[str]) -> Iterator[int]:
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
