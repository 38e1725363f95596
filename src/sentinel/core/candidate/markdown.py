"""CommonMark for the documents of a repository; nothing of them is left out in silence."""

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sentinel.errors.version import NestingError

NESTING = 20
"""markdown-it's own limit: it drops all that follows a list item or a quote that nests deeper. A list counts twice."""

_CONTAINERS = ("list_item_open", "blockquote_open")


def parse_markdown(text: str) -> SyntaxTreeNode:
    """The document's tree; raises NestingError. A byte order mark is no text."""
    tokens = MarkdownIt("commonmark", {"maxNesting": NESTING}).parse(text.removeprefix("\ufeff"))
    if any(token.type in _CONTAINERS and token.level >= NESTING - 1 for token in tokens):
        raise NestingError
    return SyntaxTreeNode(tokens)
