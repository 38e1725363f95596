"""CHANGELOG.md in the Keep a Changelog form, read as Markdown: what is unreleased, and what each release changed."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from markdown_it.tree import SyntaxTreeNode

from sentinel.core.frozen import Frozen
from sentinel.core.markdown import parse_markdown
from sentinel.errors.version import ChangelogHeadingError, ChangelogMissingError, ChangelogSizeError, NestingError

SIZE_LIMIT = 1024 * 1024
"""Bytes of a changelog that is read at all."""

NUMBER = r"(?:0|[1-9][0-9]{0,8})"
"""One of the three numbers of a version: no leading zero, and of a length that stays a number."""

_HEADING = re.compile(rf"\[?\s*v?(?P<version>{NUMBER}\.{NUMBER}\.{NUMBER})\s*\]?(?![\w.+-])")
_UNRELEASED = re.compile(r"\[?\s*unreleased\s*\]?(?!\w)", re.IGNORECASE)
_TEXTS = ("text", "code_inline", "fence", "code_block")
_BREAKS = ("inline", "softbreak", "hardbreak", "fence", "code_block")


class Entry(NamedTuple):
    """One change, with the headings that it stands under inside its section, the outermost first."""

    headings: tuple[str, ...]
    text: str


class Section(Frozen):
    """One release of the changelog; `version` is empty for what is unreleased."""

    version: str
    entries: tuple[Entry, ...]


class Changelog(Frozen):
    """The unreleased section, if there is one, and the releases in the order of the file."""

    unreleased: Section | None = None
    releases: tuple[Section, ...] = ()

    @property
    def sections(self) -> tuple[Section, ...]:
        return ((self.unreleased,) if self.unreleased else ()) + self.releases


def parse_changelog(text: str) -> Changelog:
    """Raises ChangelogMissingError, ChangelogSizeError, NestingError, or ChangelogHeadingError for a heading twice."""
    if len(text.encode(errors="replace")) > SIZE_LIMIT:
        raise ChangelogSizeError(limit=SIZE_LIMIT)
    if not text.removeprefix("\ufeff").strip():
        raise ChangelogMissingError
    sections = _sections(text)
    seen: set[str] = set()
    for section in sections:
        if section.version in seen:
            raise ChangelogHeadingError(heading=section.version or "Unreleased")
        seen.add(section.version)
    return Changelog(
        unreleased=next((section for section in sections if not section.version), None),
        releases=tuple(section for section in sections if section.version),
    )


def past_entries(text: str) -> Counter[Entry]:
    """How often each entry stands in the changelog of a tag, which nobody can mend any more: so nothing is refused.

    Of one that is too large the beginning is read, where the newest entries stand.
    """
    try:
        return count_entries(_sections(text[:SIZE_LIMIT]))
    except NestingError:
        return Counter()


def count_entries(sections: Iterable[Section]) -> Counter[Entry]:
    return Counter(entry for section in sections for entry in section.entries)


def _sections(text: str) -> list[Section]:
    """Every heading of the first two levels that is a version or Unreleased opens a section.

    The next heading of its level or above closes it; the headings below are those that its entries stand under.
    """
    found: list[tuple[str, list[Entry]]] = []
    level, path = 0, list[tuple[int, str]]()  # of the open section; level 0 while none is open
    for node in parse_markdown(text).children:
        if node.type == "heading":
            depth, title = int(node.tag[1:]), _text(node)
            version = _version_of(title) if depth <= 2 else None
            if version is not None:
                found.append((version, []))
                level, path = depth, []
            elif depth <= level:
                level = 0
            else:
                path = [above for above in path if above[0] < depth] + [(depth, title)]
        elif level:
            headings = tuple(title for _, title in path)
            found[-1][1].extend(Entry(headings, entry) for entry in _entry_texts(node) if entry)
    return [Section(version=version, entries=tuple(entries)) for version, entries in found]


def _entry_texts(node: SyntaxTreeNode) -> list[str]:
    if node.type in ("bullet_list", "ordered_list"):
        return [_text(item) for item in node.children]
    return [_text(node)] if node.type in ("paragraph", "blockquote") else []


def _version_of(heading: str) -> str | None:
    """The version that a heading names, the empty string for Unreleased, None for any other heading."""
    if _UNRELEASED.match(heading):
        return ""
    match = _HEADING.match(heading)
    return match["version"] if match else None


def _text(node: SyntaxTreeNode) -> str:
    """The text of a node and of all below it, on one line; comments and other raw HTML are left out."""
    parts: list[str] = []
    for part in node.walk():
        if part.type in _BREAKS:
            parts.append(" ")
        if part.type in _TEXTS:
            parts.append(part.content)
    return " ".join("".join(parts).split())
