"""The edit of a client's configuration: planned and checked as a whole before anything is written."""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sentinel.core.values.printable import printable
from sentinel.errors.setup import ClientFileBrokenError, ClientFileShapeError, ClientFileUnusableError
from sentinel.setup.install.clients import Client, Unattended
from sentinel.setup.install.entry import NAME, Server, project_of
from sentinel.setup.install.files import ClientFile
from sentinel.setup.install.format import (
    BrokenError,
    Format,
    Path,
    Settings,
    ShapeError,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """The file's new text, and the name under which Sentinel is in it; `existed` where it was there before."""

    text: str
    name: str
    existed: bool


def plan(client: Client, file: ClientFile, server: Server, *, unattended: bool) -> Edit:
    """Sentinel's entry. Raises ClientFileBrokenError, ClientFileShapeError or ClientFileUnusableError."""
    with _told(client.format, file):
        servers = _table(client.format.read(file.text), (client.key,))
        name = _name(client, servers, server)
        changes = _changes(client, servers, name, server, unattended=unattended)
        return Edit(_changed(client.format, file, changes), name, existed=name in servers)


def fresh_text(client: Client, name: str, server: Server, *, unattended: bool) -> str:
    """What a file without anything else would have."""
    document: Settings = {}
    for path, value in _changes(client, {}, name, server, unattended=unattended).items():
        _set(document, path, value)
    return client.format.write(document)


def plan_permission(format: Format, file: ClientFile, words: Mapping[Path, str], values: Mapping[Path, object]) -> str:
    """The file's new text, in which each list has its word and each key its value. Raises the same."""
    with _told(format, file):
        before = format.read(file.text)
        changes: dict[Path, object] = dict(values)
        for path, word in words.items():
            found = _table(before, path[:-1]).get(path[-1], [])
            if not isinstance(found, list):
                raise ShapeError(".".join(path))
            if word not in found:
                changes[path] = [*found, word]
        return _changed(format, file, changes)


@contextmanager
def _told(format: Format, file: ClientFile) -> Iterator[None]:
    """What is wrong with the file, in the words for people."""
    shown = printable(str(file.path))
    try:
        yield
    except BrokenError as error:
        detail = printable(str(error), limit=200).rstrip(".")
        raise ClientFileBrokenError(file=shown, format=format.name, detail=detail) from None
    except ShapeError as error:
        raise ClientFileShapeError(file=shown, key=printable(str(error))) from None


def _changed(format: Format, file: ClientFile, changes: Mapping[Path, object]) -> str:
    """The text with `changes`, and without any other."""
    text, expected = file.text, copy.deepcopy(format.read(file.text))
    for path, value in changes.items():
        text = format.put(text, path, value)
        _set(expected, path, value)
    if _ordered(format.read(text)) != _ordered(expected):
        raise ClientFileUnusableError(file=printable(str(file.path)), reason="its layout cannot be kept")
    return text


def _table(settings: Settings, path: Path) -> Settings:
    """What is at `path`, empty where nothing is. Raises ShapeError."""
    found: object = settings
    for depth, key in enumerate(path, start=1):
        found = found.get(key, {}) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise ShapeError(".".join(path[:depth]))
    assert isinstance(found, dict)  # noqa: S101 - told to the type checker; the loop has made sure
    return found


def _name(client: Client, servers: Settings, server: Server) -> str:
    """A project's own file has one Sentinel; a user's file has one for each project."""
    if client.in_project:
        return NAME
    names = server.names()
    same = (name for name in names if name in servers and project_of(servers[name]) == server.project)
    free = (name for name in names if name not in servers or project_of(servers[name]) is None)
    return next(same, None) or next(free)


def _changes(client: Client, servers: Settings, name: str, server: Server, *, unattended: bool) -> dict[Path, object]:
    """A whole entry where there is none; else what has to differ in it, so that a person's own settings stay."""
    allowed = client.unattended if unattended and client.unattended is not None else Unattended()
    path: Path = (client.key, name)
    settings = {**client.extra, **client.shape(server), **allowed.entry}
    if name not in servers:
        return {path: {**settings, **client.at_first}, **allowed.settings}
    _table(servers, path[1:])
    changes: dict[Path, object] = {}
    for key, value in settings.items():
        inner = value.items() if isinstance(value, dict) else ()
        changes |= {(*path, key, part): one for part, one in inner} if inner else {(*path, key): value}
    return {**changes, **allowed.settings}


def _set(settings: Settings, path: Path, value: object) -> None:
    for key in path[:-1]:
        settings = settings.setdefault(key, {})  # type: ignore[assignment] # `put` has refused anything else
    settings[path[-1]] = value


def _ordered(settings: Settings) -> str:
    """Equal only for the same values in the same order."""
    return json.dumps(settings, default=repr)
