"""TOML changed in place: tomlkit keeps comments, order and spelling."""

import tomllib
from collections.abc import Mapping, MutableMapping

import tomlkit
from tomlkit.items import InlineTable, Table

from sentinel.setup.install.format import BrokenError, Path, Settings, ShapeError


def read(text: str) -> Settings:
    """Raises BrokenError."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BrokenError(str(error)) from None


def write(document: Mapping[str, object]) -> str:
    text = ""
    for key, value in document.items():
        for name, entry in value.items() if isinstance(value, dict) else ():
            text = put(text, (key, name), entry)
    return text.rstrip("\n")


def put(text: str, path: Path, value: object) -> str:
    """`text` with `value` at `path`; tables on the way are made where they are missing."""
    read(text)
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
    """A table with a header of its own and a blank line behind it; tables in it stand on one line each."""
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
