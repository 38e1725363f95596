"""The edit of a client's configuration: planned and checked as a whole before anything is written."""

import copy
import json
from dataclasses import dataclass

from sentinel.core.printable import printable
from sentinel.errors.install import ClientFileBrokenError, ClientFileShapeError, ClientFileUnusableError
from sentinel.front.cli.install.clients import Client
from sentinel.front.cli.install.entry import NAME, Server, project_of
from sentinel.front.cli.install.files import ClientFile
from sentinel.front.cli.install.format import BrokenError, Path, Settings, ShapeError


@dataclass(frozen=True, slots=True)
class Edit:
    """The file's new text, and the name under which Sentinel is in it; `existed` where it was there before."""

    text: str
    name: str
    existed: bool


def plan(client: Client, file: ClientFile, server: Server) -> Edit:
    """Raises ClientFileBrokenError, ClientFileShapeError or ClientFileUnusableError."""
    shown = printable(str(file.path))
    try:
        before = client.format.read(file.text)
        servers = _table(before, (client.key,))
        name = _name(client, servers, server)
        changes = _changes(client, servers, name, server)
        text, expected = file.text, copy.deepcopy(before)
        for path, value in changes.items():
            text = client.format.put(text, path, value)
            _set(expected, path, value)
        after = client.format.read(text)
    except BrokenError as error:
        detail = printable(str(error), limit=200).rstrip(".")
        raise ClientFileBrokenError(file=shown, format=client.format.name, detail=detail) from None
    except ShapeError as error:
        raise ClientFileShapeError(file=shown, key=printable(str(error))) from None
    if _ordered(after) != _ordered(expected):
        raise ClientFileUnusableError(file=shown, reason="its layout cannot be kept")
    return Edit(text, name, existed=name in servers)


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


def _changes(client: Client, servers: Settings, name: str, server: Server) -> dict[Path, object]:
    """A whole entry where there is none; else what has to differ in it, so that a person's own settings stay."""
    path, settings = (client.key, name), server.settings(client.extra)
    if name not in servers:
        return {path: settings}
    _table(servers, (name,))
    env = settings.pop("env", None)
    changes: dict[Path, object] = {(*path, key): value for key, value in settings.items()}
    if isinstance(env, dict):
        changes |= {(*path, "env", key): value for key, value in env.items()}
    return changes


def _set(settings: Settings, path: Path, value: object) -> None:
    for key in path[:-1]:
        settings = settings.setdefault(key, {})  # type: ignore[assignment] # `put` has refused anything else
    settings[path[-1]] = value


def _ordered(settings: Settings) -> str:
    """Equal only for the same values in the same order."""
    return json.dumps(settings, default=repr)
