"""The sprint's tasks as a Markdown task list: `- [ ] open`, `- [x] done` (design 3.2)."""

import re

from markdown_it.tree import SyntaxTreeNode

from sentinel.core.frozen import Frozen
from sentinel.core.markdown import parse_markdown
from sentinel.core.printable import printable

_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)


class Checklist(Frozen):
    """The open tasks by their text, and how many are done."""

    open: tuple[str, ...]
    done: int

    @property
    def total(self) -> int:
        return len(self.open) + self.done


def parse_checklist(markdown: str) -> Checklist:
    """Every list item that begins with a box, at any depth; those in code blocks and comments are no tasks.

    Raises NestingError where the lists are too deep to be read.
    """
    tasks = [
        match
        for node in parse_markdown(markdown).walk()
        if node.type == "list_item" and (match := _TASK.match(_first_line(node)))
    ]
    return Checklist(
        open=tuple(printable(" ".join(task[2].split()), limit=200) for task in tasks if task[1] == " "),
        done=sum(task[1] != " " for task in tasks),
    )


def _first_line(item: SyntaxTreeNode) -> str:
    """The item's own text, without that of the items below it."""
    first = item.children[0] if item.children else None
    if first is None or first.type != "paragraph":
        return ""
    return "".join(inline.content for inline in first.children)
