"""JSON, JSON with comments, and TOML: read, and one value changed in place, so that all other characters stay."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass

import tomlkit
from tomlkit.items import InlineTable, Table

from sentinel.core.values.printable import printable
from sentinel.errors.setup import ClientFileBrokenError, ClientFileShapeError

Settings = dict[str, object]
Keys = tuple[str, ...]
"""The keys that lead to a value, from the top."""


class BrokenError(ValueError):
    """The text is not valid in its format; the message says where and why."""


class ShapeError(ValueError):
    """A key that should hold settings holds another value; the message is the key."""


@dataclass(frozen=True, slots=True)
class Format:
    """`read` raises BrokenError. `put` returns the text with the value at those keys; it raises BrokenError or
    ShapeError."""

    name: str
    read: Callable[[str], Settings]
    put: Callable[[str, Keys, object], str]
    write: Callable[[Mapping[str, object]], str]

    @contextmanager
    def reporting(self, file: str) -> Iterator[None]:
        """Names the broken file. Raises ClientFileBrokenError or ClientFileShapeError."""
        try:
            yield
        except BrokenError as error:
            detail = printable(str(error), limit=200).rstrip(".")
            raise ClientFileBrokenError(file=printable(file), format=self.name, detail=detail) from None
        except ShapeError as error:
            raise ClientFileShapeError(file=printable(file), key=printable(str(error))) from None


_SPACE = re.compile(r"(?:[\s\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BLANK = "\ufeff \t\r\n"
_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class _Value:
    """A value and its position; of an object its `members`, the last one's position and a trailing comma."""

    start: int
    end: int = 0
    value: object = None
    members: "dict[str, _Value] | None" = None
    last_end: int = 0
    last_key: int = 0
    trailing_comma: bool = False


def _read_json_with_comments(text: str) -> Settings:
    """The document; an empty text is an empty object. Raises BrokenError."""
    value = _scan(text).value
    if not isinstance(value, dict):
        raise BrokenError("an object is expected at the top")
    return value


def _read_json(text: str) -> Settings:
    """The same without comments and trailing commas, for programs that reject them."""
    try:
        json.loads(text.removeprefix("\ufeff") if text.strip(_BLANK) else "{}")
    except (ValueError, RecursionError) as error:
        raise BrokenError(str(error)) from None
    return _read_json_with_comments(text)


def _write_json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _put_json(text: str, path: Keys, value: object) -> str:
    """`text` with `value` at `path`; creates missing objects on the way."""
    text = text if text.strip(_BLANK) else f"{text.strip()}{{}}\n"
    place = _scan(text)
    for depth, key in enumerate(path):
        if place.members is None:
            raise ShapeError(".".join(path[:depth]) or "the top level")
        if key not in place.members:
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            return _insert(text, place, key, value)
        place = place.members[key]
    if place.value == value:
        return text
    return text[: place.start] + _written(text, value, _indentation(text, place.start)) + text[place.end :]


def _insert(text: str, place: _Value, key: str, value: object) -> str:
    """After the last member and the comments that follow it."""
    closing = place.end - 1
    here = closing - len(text[place.start + 1 : closing]) + len(text[place.start + 1 : closing].rstrip())
    base = _indentation(text, place.start)
    newline = _newline(text)
    inner = _indentation(text, place.last_key) if place.members else base + _unit(text)
    one_line = bool(place.members) and "\n" not in text[place.start : place.end]
    lead = " " if one_line else newline + inner
    member = f"{lead}{json.dumps(key, ensure_ascii=False)}: {_written(text, value, inner, flat=one_line)}"
    if place.members and place.trailing_comma:
        member += ","
    if not place.members and "\n" not in text[here:closing]:
        member += newline + base
    comma = "," if place.members and not place.trailing_comma else ""
    return text[: place.last_end] + comma + text[place.last_end : here] + member + text[here:]


def _written(text: str, value: object, indentation: str, *, flat: bool = False) -> str:
    written = json.dumps(value, indent=None if flat else _unit(text), ensure_ascii=False)
    return written.replace("\n", _newline(text) + indentation)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unit(text: str) -> str:
    """The indentation of the first indented line."""
    match = re.search(r"^[ \t]+(?=\S)(?!\*)", text, re.MULTILINE)
    return match[0] if match else "  "


def _indentation(text: str, position: int) -> str:
    """That of the line in which `position` is."""
    line = text[text.rfind("\n", 0, position) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _scan(text: str) -> _Value:
    """The whole document with the positions of its values."""
    try:
        value = _value(text, _skip(text, 0)) if text.strip(_BLANK) else _Value(0, 0, {}, {})
        end = _skip(text, value.end)
    except RecursionError:
        raise BrokenError("it is nested too deeply") from None
    if end < len(text):
        raise _broken(text, end, "the end of the file is expected")
    return value


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _broken(text: str, position: int, expected: str) -> BrokenError:
    line = text.count("\n", 0, position) + 1
    return BrokenError(f"line {line}, column {position - text.rfind(chr(10), 0, position)}: {expected}")


def _value(text: str, start: int) -> _Value:
    if text.startswith("{", start):
        return _object(text, start)
    if text.startswith("[", start):
        return _array(text, start)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError:
        raise _broken(text, start, "a value is expected") from None
    return _Value(start, end, value)


def _array(text: str, start: int) -> _Value:
    items: list[object] = []
    position = _skip(text, start + 1)
    while not text.startswith("]", position):
        item = _value(text, position)
        items.append(item.value)
        position, _ = _separator(text, item.end, "]")
    return _Value(start, position + 1, items)


def _object(text: str, start: int) -> _Value:
    members: dict[str, _Value] = {}
    found = _Value(start, members=members, last_end=start + 1)
    position = _skip(text, start + 1)
    while not text.startswith("}", position):
        key = _value(text, position)
        if not isinstance(key.value, str):
            raise _broken(text, position, "a key is expected")
        colon = _skip(text, key.end)
        if not text.startswith(":", colon):
            raise _broken(text, colon, "a colon is expected")
        member = _value(text, _skip(text, colon + 1))
        members.pop(key.value, None)
        members[key.value] = member
        found.last_key, found.last_end = position, member.end
        position, found.trailing_comma = _separator(text, member.end, "}")
    found.end = position + 1
    found.value = {key: member.value for key, member in members.items()}
    return found


def _separator(text: str, end: int, closing: str) -> tuple[int, bool]:
    """The position of the next item or of `closing` after the item that ended at `end`, and whether a comma came
    before it."""
    position = _skip(text, end)
    if text.startswith(",", position):
        return _skip(text, position + 1), True
    if not text.startswith(closing, position):
        raise _broken(text, position, f"a comma or {closing} is expected")
    return position, False


def _read_toml(text: str) -> Settings:
    """Raises BrokenError."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BrokenError(str(error)) from None


def _write_toml(document: Mapping[str, object]) -> str:
    text = ""
    for key, value in document.items():
        for name, entry in value.items() if isinstance(value, dict) else ():
            text = _put_toml(text, (key, name), entry)
    return text.rstrip("\n")


def _put_toml(text: str, path: Keys, value: object) -> str:
    """`text` with `value` at `path`, by tomlkit, which keeps comments, order and spelling; creates missing tables."""
    _read_toml(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    document = tomlkit.parse(text.replace("\r\n", "\n").removesuffix("\n") + "\n" if text else "")
    table: MutableMapping[str, object] = document
    for depth, key in enumerate(path[:-1]):
        table = table.setdefault(key, tomlkit.table(is_super_table=True))  # type: ignore[assignment] # checked next
        if not isinstance(table, MutableMapping):
            raise ShapeError(".".join(path[: depth + 1]))
    if table.get(path[-1]) == value:
        return text
    table[path[-1]] = _table(value) if isinstance(value, dict) and not isinstance(table, InlineTable) else value
    return f"{tomlkit.dumps(document).rstrip()}\n".replace("\n", newline)


def _table(settings: Mapping[str, object]) -> Table:
    """A table with its own header and a blank line after it; inner tables are written on one line each."""
    table = tomlkit.table()
    for key, value in settings.items():
        if isinstance(value, dict):
            inner = tomlkit.inline_table()
            inner.update(value)
            table.add(key, inner)
        else:
            table.add(key, value)
    table.add(tomlkit.nl())
    return table


JSON = Format("JSON", _read_json, _put_json, _write_json)
JSON_WITH_COMMENTS = Format("JSON with comments", _read_json_with_comments, _put_json, _write_json)
TOML = Format("TOML", _read_toml, _put_toml, _write_toml)
