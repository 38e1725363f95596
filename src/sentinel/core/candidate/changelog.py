"""A changelog as people and generators write it, what each release changed, and the notes that are made of it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sentinel.core.candidate.changelog_blocks import LABEL, Block, read_blocks
from sentinel.core.candidate.changelog_text import Kind, Title, breaks, plain, read_title, says_nothing
from sentinel.core.policy.changelog_categories import demand_of, normal
from sentinel.core.values.printable import printable
from sentinel.errors.version import ChangelogMissingError, ChangelogSizeError

SIZE_LIMIT = 1024 * 1024
"""The largest changelog that is read, in bytes."""
_TOP_LEVEL = 2
"""Where sections stand in a file that has no version yet."""
_LINE_LIMIT = 80
_LABEL_WORDS = 4
_NUMBERS = re.compile(r"[0-9]\.[0-9]")
Key = tuple[tuple[str, ...], str]


class Entry(NamedTuple):
    """One change, with the headings that it stands under inside its section, the outermost first."""

    headings: tuple[str, ...]
    text: str
    line: int = 0
    breaking: bool = False
    """Whether it is labelled as breaking."""
    where: str = ""
    """Where it comes from, when that is not a line of the changelog."""

    @property
    def place(self) -> str:
        return self.where or f"line {self.line}"

    @property
    def key(self) -> Key:
        """What makes it the same entry in two changelogs."""
        return self.headings, self.text


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its entries; `version` is empty for what is unreleased, and for a heading that is not read."""

    title: Title
    heading: str
    line: int
    entries: tuple[Entry, ...]

    @property
    def version(self) -> str:
        return self.title.version

    @property
    def is_read(self) -> bool:
        """Whether it belongs to a version, or is what is unreleased."""
        return self.title.kind in (Kind.VERSION, Kind.UNRELEASED)


@dataclass(frozen=True, slots=True)
class Changelog:
    """All sections in the order of the file."""

    all_sections: tuple[Section, ...] = ()

    @property
    def sections(self) -> tuple[Section, ...]:
        """Those of versions and of what is unreleased."""
        return tuple(section for section in self.all_sections if section.is_read)

    @property
    def unreleased(self) -> Section | None:
        return next((section for section in self.sections if not section.version), None)

    @property
    def releases(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.version)


def parse_changelog(text: str, *, file: str = "CHANGELOG.md", words: Collection[str] = ()) -> Changelog:
    """`words` are a team's own categories. Raises ChangelogMissingError, ChangelogSizeError."""
    if len(text.encode(errors="replace")) > SIZE_LIMIT:
        raise ChangelogSizeError(limit=SIZE_LIMIT)
    if not text.removeprefix("\ufeff").strip():
        raise ChangelogMissingError(file=file)
    return Changelog(_with_pre_releases(_sections(text, words)))


def past_entries(text: str, *, words: Collection[str] = ()) -> Counter[Key]:
    """How often each entry stands in the changelog of a tag.

    Nobody can fix that changelog any more, so nothing in it is refused. Of one that is too large only the beginning is
    read, where the newest entries stand.
    """
    return count_entries(_with_pre_releases(_sections(text[:SIZE_LIMIT], words)))


def count_entries(sections: Iterable[Section]) -> Counter[Key]:
    return Counter(entry[:2] for section in sections for entry in section.entries)


def _sections(text: str, words: Collection[str]) -> tuple[Section, ...]:
    """A heading that names a version or what is unreleased opens a section; a heading beside those closes it.

    The name of a category never does. Entries stand under the headings below.
    """
    blocks = list(read_blocks(text))
    titles = _titles(blocks)
    levels = _Levels.of(titles)
    reader = _Sections(levels, frozenset(words))
    for index, block in enumerate(blocks):
        reader.take(block, titles.get(index))
    reader.finish()
    return tuple(reader.found)


def _with_pre_releases(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """What pre-releases of a version changed is part of that version, if it has a section of its own."""
    gathered: dict[str, tuple[Entry, ...]] = {}
    named = {section.version for section in sections if section.version}
    for section in sections:
        if section.title.of in named:
            gathered[section.title.of] = gathered.get(section.title.of, ()) + section.entries
    if not gathered:
        return sections
    kept = (section for section in sections if section.title.of not in named)
    return tuple(
        replace(section, entries=section.entries + gathered.pop(section.version, ())) if section.version else section
        for section in kept
    )


def _titles(blocks: list[Block]) -> dict[int, tuple[int, Title]]:
    """What the headings name, by their index, with their levels. In a file without headings, single lines count."""
    titles = {i: (block.level, read_title(block.raw)) for i, block in enumerate(blocks) if block.kind == "heading"}
    if any(title.kind is Kind.VERSION for _, title in titles.values()):
        return titles
    for index, block in enumerate(blocks):
        short = block.kind != "heading" and len(block.items) == 1 and len(block.raw) <= _LINE_LIMIT
        if short and _NUMBERS.search(block.raw):
            title = read_title(block.raw)
            if title.exact and title.kind in (Kind.VERSION, Kind.PRE_RELEASE):
                titles[index] = _TOP_LEVEL, title
    return titles


@dataclass(frozen=True, slots=True)
class _Levels:
    """The levels on which versions stand; `named` are those of headings like `shop 1.2.0`."""

    exact: frozenset[int]
    named: frozenset[int]

    @classmethod
    def of(cls, titles: dict[int, tuple[int, Title]]) -> "_Levels":
        versions = [(level, title) for level, title in titles.values() if title.kind is Kind.VERSION]
        exact = frozenset(level for level, title in versions if title.exact and not title.short)
        short = frozenset(level for level, title in versions if title.exact and title.short)
        named = frozenset(level for level, title in versions if not title.exact)
        return cls(exact or short, named)

    @property
    def top(self) -> int:
        return min(self.exact or self.named or (_TOP_LEVEL,))

    def admit(self, level: int, title: Title) -> bool:
        """Whether a heading of that level opens the section that it names."""
        if title.kind is Kind.OTHER:
            return False
        if title.kind is Kind.VERSION and title.exact:
            return not title.short or level in self.exact
        if title.exact:
            return level <= max((_TOP_LEVEL, *self.exact, *self.named))
        return level == self.top or (title.kind is Kind.UNRELEASED and level <= max(self.exact, default=_TOP_LEVEL))


@dataclass(slots=True)
class _Sections:
    levels: _Levels
    words: frozenset[str]
    found: list[Section] = field(default_factory=list)
    _level: int = 0
    _title: tuple[Title, str, int] | None = None
    _entries: list[Entry] = field(default_factory=list)
    _path: list[tuple[int, str]] = field(default_factory=list)
    _headings: tuple[str, ...] = ()
    _label: Block | None = None

    def take(self, block: Block, named: tuple[int, Title] | None) -> None:
        if named is not None and self.levels.admit(*named):
            self._open(named[0], named[1], block)
        elif block.kind == "heading":
            self._head(block)
        elif block.kind == "label":
            self._label_entries(block)
        else:
            self._add(block)

    def finish(self) -> None:
        self._keep_label()
        if self._title is not None:
            title, heading, line = self._title
            self.found.append(Section(title, heading, line, tuple(self._entries)))

    def _open(self, level: int, title: Title, block: Block) -> None:
        self.finish()
        self._level, self._title, self._entries = level, (title, plain(block.raw), block.line), []
        self._set_path([])

    def _head(self, block: Block) -> None:
        self._keep_label()
        text = plain(block.raw)
        closes = self._title is None or block.level <= min(self._level, self.levels.top)
        if closes and not (self._title is not None and self._is_category(text)):
            self._open(block.level, Title(Kind.OTHER), block)
            return
        self._set_path([above for above in self._path if above[0] < block.level] + [(block.level, text)])

    def _label_entries(self, block: Block) -> None:
        self._keep_label()
        text = plain(block.raw).rstrip(": ")
        self._label = block if text else None
        above = [heading for heading in self._path if heading[0] < LABEL]
        self._set_path([*above, (LABEL, text)] if text else above)

    def _keep_label(self) -> None:
        """A label without entries is empty; a bold line that is not a category's name was an entry itself."""
        label, self._label = self._label, None
        text = plain(label.raw) if label is not None else ""
        if label is None or text.endswith(":") or (len(text.split()) <= _LABEL_WORDS and self._is_category(text)):
            return
        self._set_path([heading for heading in self._path if heading[0] < LABEL])
        self._add(label)

    def _is_category(self, text: str) -> bool:
        phrase = normal(text)
        return phrase in self.words or (len(phrase.split()) <= 6 and demand_of(phrase) is not None)

    def _set_path(self, path: list[tuple[int, str]]) -> None:
        self._path = path
        self._headings = tuple(text for _, text in path)

    def _add(self, block: Block) -> None:
        self._label = None
        raw = block.raw if len(block.items) == 1 else " ".join(block.items)
        text = plain(raw)
        if self._title is not None and not says_nothing(text):
            breaking = any(map(breaks, block.items))
            self._entries.append(Entry(self._headings, text, block.line, breaking))


NOTES_LINES = 60
"""Lines of the notes at most; the rest is counted."""
NOTES_WIDTH = 200


def write_notes(entries: Iterable[Entry]) -> str:
    """The entries under their categories, in their order.

    Every line begins with a mark and a blank, and no run of dashes is left: nothing in the notes can be taken for a
    checkpoint, a key or a signature in the tag's message.
    """
    lines = list(_lines(entries))
    shown = lines[:NOTES_LINES]
    left = sum(line.startswith("- ") for line in lines[NOTES_LINES:])
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
    return printable(text, limit=NOTES_WIDTH).replace("---", "- - -").replace("---", "- - -")


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
