"""CHANGELOG.md in the Keep a Changelog form, read as Markdown: what is unreleased, and what each release changed."""

import re

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sentinel.core.frozen import Frozen
from sentinel.errors.version import ChangelogHeadingError, ChangelogMissingError, ChangelogSizeError

SIZE_LIMIT = 1024 * 1024
"""Bytes of a changelog that is read at all."""

_HEADING = re.compile(r"\[?\s*v?(?P<version>\d+\.\d+\.\d+)\s*\]?(?![\w.+-])")
_UNRELEASED = re.compile(r"\[?\s*unreleased\s*\]?", re.IGNORECASE)


class Section(Frozen):
    """One release of the changelog; `entries` are (category, text), `version` is empty for what is unreleased."""

    version: str
    entries: tuple[tuple[str, str], ...]


class Changelog(Frozen):
    """The unreleased section, if there is one, and the releases in the order of the file."""

    unreleased: Section | None = None
    releases: tuple[Section, ...] = ()

    @property
    def sections(self) -> tuple[Section, ...]:
        return ((self.unreleased,) if self.unreleased else ()) + self.releases


def parse_changelog(text: str) -> Changelog:
    """Raises ChangelogMissingError, ChangelogSizeError or ChangelogHeadingError (a section that stands twice)."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ChangelogMissingError
    if len(text.encode(errors="replace")) > SIZE_LIMIT:
        raise ChangelogSizeError(limit=SIZE_LIMIT)
    sections = _sections(SyntaxTreeNode(MarkdownIt("commonmark").parse(text)))
    seen: set[str] = set()
    for section in sections:
        if section.version in seen:
            raise ChangelogHeadingError(heading=section.version or "Unreleased")
        seen.add(section.version)
    return Changelog(
        unreleased=next((section for section in sections if not section.version), None),
        releases=tuple(section for section in sections if section.version),
    )


def _sections(root: SyntaxTreeNode) -> list[Section]:
    """Every level-two heading that is a version or Unreleased opens a section; the next level-two one closes it."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    is_open, category = False, ""
    for node in root.children:
        if node.type == "heading" and node.tag in ("h1", "h2"):
            version = _version_of(_text(node))
            is_open, category = version is not None, ""
            if version is not None:
                found.append((version, []))
        elif node.type == "heading":
            category = _text(node)
        elif is_open and node.type in ("bullet_list", "ordered_list"):
            found[-1][1].extend((category, _text(item)) for item in node.children)
        elif is_open and node.type == "paragraph" and _text(node):
            found[-1][1].append((category, _text(node)))
    return [Section(version=version, entries=tuple(entries)) for version, entries in found]


def _version_of(heading: str) -> str | None:
    """The version that a heading names, the empty string for Unreleased, None for any other heading."""
    if _UNRELEASED.match(heading):
        return ""
    match = _HEADING.match(heading)
    return match["version"] if match else None


def _text(node: SyntaxTreeNode) -> str:
    """The text of a node and of all below it, on one line; comments and other raw HTML are left out."""
    parts = [part.content for part in node.walk() if part.type in ("text", "code_inline", "fence", "code_block")]
    return " ".join(" ".join(parts).split())
