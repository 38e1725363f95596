"""`sentinel install CLIENT`: enters Sentinel into an AI client's configuration and changes nothing else in it.

The edit is planned and checked as a whole before anything is written.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sentinel.core.values.printable import printable, printable_lines
from sentinel.errors import SentinelError
from sentinel.errors.setup import ClientFileUnusableError, UnknownClientError
from sentinel.setup.install.clients import CLIENTS, Client, Unattended
from sentinel.setup.install.entry import NAME, Place, Server, project_of, server
from sentinel.setup.install.files import ClientFile, keep_out_of_git
from sentinel.setup.install.formats import BrokenError, Format, Keys, Settings, ShapeError

__all__ = ["CLIENTS", "install"]


@dataclass(frozen=True, slots=True)
class _Edit:
    """The file's new text, and the name of Sentinel's entry in it; `existed` if it was there before."""

    text: str
    name: str
    existed: bool


def install(client: str, place: Place, *, unattended: bool, print_only: bool) -> str:
    """Sets `client` up for the project and returns what was done; with `print_only`, only what would be entered where.

    `unattended` lets it run Sentinel's tools without asking. Writes nothing if it raises an error of
    sentinel.errors.setup.
    """
    chosen = CLIENTS.get(client)
    if chosen is None:
        raise UnknownClientError(client=printable(client, limit=60), known=", ".join(CLIENTS))
    entry = server(place, locked_tools=chosen.locked_tools, longest_wait=chosen.longest_wait)
    file = _read(place, chosen.file(place), chosen)
    edit = _plan(chosen, file, entry, unattended=unattended)
    permission = _permission(chosen, place) if unattended else None
    if print_only:
        return _snippets(file, _fresh_text(chosen, edit.name, entry, unattended=unattended), permission)
    lines = _done(chosen, edit, file, _written(file, edit.text))
    locations = [chosen.location(place)]
    if permission is not None:
        lines += _allowed(permission, _written(permission.file, permission.text))
        locations.append(permission.location)
    return "\n".join((*lines, *_former(chosen, place), *_next(chosen, client, locations, unattended=unattended)))


@dataclass(frozen=True, slots=True)
class _Permission:
    """Another file of the project with its new text; `snippet` is the part that is new."""

    location: str
    file: ClientFile
    text: str
    snippet: str


def _permission(client: Client, place: Place) -> _Permission | None:
    chosen = client.unattended
    if chosen is None or not chosen.file:
        return None
    file = _read(place, place.project / chosen.file, client)
    empty = replace(file, text="", mode=None)
    snippet = _plan_permission(client.format, empty, chosen.words, chosen.values).strip()
    return _Permission(chosen.file, file, _plan_permission(client.format, file, chosen.words, chosen.values), snippet)


def _read(place: Place, path: Path, client: Client) -> ClientFile:
    return ClientFile.read(path, inside=place.project if client.in_project else None)


def _written(file: ClientFile, text: str) -> Path | None:
    """Returns the backup, if there is one."""
    return file.write(text) if text != file.text else None


def _snippets(file: ClientFile, text: str, permission: _Permission | None) -> str:
    """The new part of each file alone."""
    both = [(file, text), *([] if permission is None else [(permission.file, permission.snippet)])]
    return "\n".join(f"{printable(str(one.path))}\n{printable_lines(snippet)}" for one, snippet in both)


def _done(client: Client, edit: _Edit, file: ClientFile, backup: Path | None) -> list[str]:
    path = printable(str(file.path))
    if edit.text == file.text:
        return [f'{client.title} is already set up: "{edit.name}" in {path}.']
    return [
        f'{client.title} is set up: {"changed" if edit.existed else "added"} "{edit.name}" in {path}.',
        *_backup(backup),
    ]


def _allowed(permission: _Permission, backup: Path | None) -> list[str]:
    path = printable(str(permission.file.path))
    if permission.text == permission.file.text:
        return [f"Its tools are already allowed in {path}."]
    return [f"Its tools are now allowed in {path}.", *_backup(backup)]


def _backup(backup: Path | None) -> list[str]:
    return [] if backup is None else [f"Backup: {printable(str(backup))}"]


def _former(client: Client, place: Place) -> list[str]:
    """What an earlier version of Sentinel entered for this project: agents in every folder get it."""
    if client.former_file is None:
        return []
    path = client.former_file(place)
    try:
        servers = client.format.read(ClientFile.read(path, inside=None).text).get(client.key)
    except (BrokenError, SentinelError):  # this command does not touch that file
        return []
    named = servers if isinstance(servers, dict) else {}
    mine = [name for name, entry in named.items() if project_of(entry) == str(place.project)]
    where, what = printable(str(path)), "gives this project's tools to agents in every folder. Remove it there."
    return [f'"{printable(name)}" in {where} {what}' for name in mine]


def _next(client: Client, name: str, locations: list[str], *, unattended: bool) -> list[str]:
    steps = [client.unattended_step if unattended else client.next_step]
    if unattended and client.unattended is None:
        steps.insert(0, client.next_step)
    lines = [f"Next: {step}" for step in steps]
    if not unattended and client.unattended is not None:
        lines.append(f"To let it run Sentinel's tools without asking: `sentinel install {name} --unattended`.")
    if client.in_project:
        lines += keep_out_of_git(*locations)
    return lines


def _plan(client: Client, file: ClientFile, server: Server, *, unattended: bool) -> _Edit:
    """Sentinel's entry. Raises ClientFileBrokenError, ClientFileShapeError or ClientFileUnusableError."""
    with client.format.reporting(str(file.path)):
        servers = _table(client.format.read(file.text), (client.key,))
        name = _name(client, servers, server)
        changes = _changes(client, servers, name, server, unattended=unattended)
        return _Edit(_changed(client.format, file, changes), name, existed=name in servers)


def _fresh_text(client: Client, name: str, server: Server, *, unattended: bool) -> str:
    """The text of a file that has nothing else."""
    document: Settings = {}
    for path, value in _changes(client, {}, name, server, unattended=unattended).items():
        _set(document, path, value)
    return client.format.write(document)


def _plan_permission(format: Format, file: ClientFile, words: Mapping[Keys, str], values: Mapping[Keys, object]) -> str:
    """The file's new text, in which each list has its word and each key its value. Raises the same errors."""
    with format.reporting(str(file.path)):
        before = format.read(file.text)
        changes: dict[Keys, object] = dict(values)
        for path, word in words.items():
            found = _table(before, path[:-1]).get(path[-1], [])
            if not isinstance(found, list):
                raise ShapeError(".".join(path))
            if word not in found:
                changes[path] = [*found, word]
        return _changed(format, file, changes)


def _changed(format: Format, file: ClientFile, changes: Mapping[Keys, object]) -> str:
    """The text with `changes` and no others. Raises ClientFileUnusableError if its layout cannot be kept."""
    text, expected = file.text, copy.deepcopy(format.read(file.text))
    for path, value in changes.items():
        text = format.put(text, path, value)
        _set(expected, path, value)
    if _ordered(format.read(text)) != _ordered(expected):
        raise ClientFileUnusableError(file=printable(str(file.path)), reason="its layout cannot be kept")
    return text


def _table(settings: Settings, path: Keys) -> Settings:
    """The table at `path`, or an empty one. Raises ShapeError."""
    found: object = settings
    for depth, key in enumerate(path, start=1):
        found = found.get(key, {}) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise ShapeError(".".join(path[:depth]))
    assert isinstance(found, dict)  # noqa: S101 - for the type checker: the loop has checked it
    return found


def _name(client: Client, servers: Settings, server: Server) -> str:
    """A project's own file has one entry of Sentinel; a user's file has one for each project."""
    if client.in_project:
        return NAME
    names = server.names()
    same = (name for name in names if name in servers and project_of(servers[name]) == server.project)
    free = (name for name in names if name not in servers or project_of(servers[name]) is None)
    return next(same, None) or next(free)


def _changes(client: Client, servers: Settings, name: str, server: Server, *, unattended: bool) -> dict[Keys, object]:
    """A whole entry if there is none. Otherwise only the keys that must change, so that a person's settings stay."""
    allowed = client.unattended if unattended and client.unattended is not None else Unattended()
    path: Keys = (client.key, name)
    settings = {**client.extra, **client.shape(server), **allowed.entry}
    if name not in servers:
        return {path: {**settings, **client.at_first}, **allowed.settings}
    _table(servers, path[1:])
    changes: dict[Keys, object] = {}
    for key, value in settings.items():
        inner = value.items() if isinstance(value, dict) else ()
        changes |= {(*path, key, part): one for part, one in inner} if inner else {(*path, key): value}
    return {**changes, **allowed.settings}


def _set(settings: Settings, path: Keys, value: object) -> None:
    for key in path[:-1]:
        settings = settings.setdefault(key, {})  # type: ignore[assignment] # `put` has refused anything else
    settings[path[-1]] = value


def _ordered(settings: Settings) -> str:
    """Equal only for the same values in the same order."""
    return json.dumps(settings, default=repr)
