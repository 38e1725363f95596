"""The working copy as `sentinel init` reads it: within bounds, and never outside of the repository."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sentinel.adapters.git.location import read_small

SIZE_LIMIT = 256 * 1024
"""Bytes of one file: manifests written by people have a few kilobytes."""
FILE_LIMIT = 200
"""Files of one kind that are looked into."""
DOT_LIMIT = 500
"""Dots on one line of TOML: the time that tomllib takes for a dotted key grows with their square."""
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Source:
    """`notes` gathers what people should know of files that could not be read."""

    root: Path
    notes: list[str] = field(default_factory=list)

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def text(self, path: str) -> str:
        """A file's text; empty where there is none, or where a link leads out of the repository."""
        return self._within_limit(path).decode(errors="replace")

    def texts(self, pattern: str) -> Iterator[str]:
        """The texts of the files at the root that match."""
        names = sorted(path.name for path in self.root.glob(pattern))
        return (self.text(name) for name in islice(names, FILE_LIMIT))

    def json(self, path: str) -> Table:
        """Empty where there is no such document."""
        return self._document(path, "JSON", json.loads)

    def toml(self, path: str) -> Table:
        """Empty where there is no such document."""
        return self._document(path, "TOML", _parse_toml)

    def _document(self, path: str, format: str, parse: Callable[[str], object]) -> Table:
        raw = self._within_limit(path)
        if not raw:
            return {}
        try:
            document = parse(raw.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            self.notes.append(f"{path} is not valid {format}, so what it says was not taken into account.")
            return {}
        return document if isinstance(document, dict) else {}

    def _within_limit(self, path: str) -> bytes:
        try:
            target = (self.root / path).resolve()
        except (OSError, RuntimeError):  # a link that leads to itself
            return b""
        raw = read_small(target, SIZE_LIMIT + 1) if target.is_relative_to(self.root) else b""
        if len(raw) > SIZE_LIMIT:
            self.notes.append(f"{path} is larger than {SIZE_LIMIT} bytes, so what it says was not taken into account.")
            return b""
        return raw


def _parse_toml(text: str) -> object:
    if any(line.count(".") > DOT_LIMIT for line in text.split("\n")):
        raise ValueError("a key of so many parts")
    return tomllib.loads(text)


def within(table: Table, *keys: str) -> Table:
    """The table that `keys` lead to, empty where something else stands there."""
    for key in keys:
        found = table.get(key)
        table = found if isinstance(found, dict) else {}
    return table
