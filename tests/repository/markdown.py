"""The repository's own documents, read as GitHub reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file; `name` is its path from the root of the repository."""

    path: Path
    tokens: tuple[Token, ...]

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def links(self) -> Iterator[str]:
        """Targets of links and images, reference-style ones resolved."""
        for child in self._inline():
            for attribute in ("href", "src"):
                if target := child.attrGet(attribute):
                    yield str(target)

    def anchors(self) -> set[str]:
        """The fragments that GitHub gives to headings, a repeated one with its count, and those of raw HTML."""
        found: set[str] = set()
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "heading_open":
                slug, count = _slug(token), 0
                while (anchor := f"{slug}-{count}" if count else slug) in found:
                    count += 1
                found.add(anchor)
        html = "".join(token.content for token in (*self.tokens, *self._inline()) if token.type.startswith("html"))
        return found | set(re.findall(r'\b(?:id|name)="([^"]+)"', html))

    def shell_lines(self) -> Iterator[str]:
        """The lines of every ```sh block, continued ones joined, without prompts and comments."""
        for token in self.tokens:
            if token.type == "fence" and token.info.strip() in ("sh", "bash", "shell", "console"):
                for line in token.content.replace("\\\n", " ").splitlines():
                    command = line.strip().removeprefix("$ ")
                    if command and not command.startswith("#"):
                        yield command

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()


def documents() -> list[Document]:
    """Those at the root, everything under docs/ and the examples' own."""
    parser = MarkdownIt("commonmark").enable("table")
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
    return [
        Document(path, tuple(parser.parse(path.read_text(encoding="utf-8")))) for path in sorted(paths) if path.exists()
    ]


def _slug(heading: Token) -> str:
    text = "".join(child.content for child in heading.children or () if child.type in ("text", "code_inline"))
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
