"""`sentinel install CLIENT`: enters Sentinel into an AI client's configuration, and changes nothing else in it."""

from dataclasses import dataclass, replace
from pathlib import Path

from sentinel.core.values.printable import printable, printable_lines
from sentinel.errors import SentinelError
from sentinel.errors.setup import UnknownClientError
from sentinel.setup.install.clients import CLIENTS, Client
from sentinel.setup.install.edit import Edit, fresh_text, plan, plan_permission
from sentinel.setup.install.entry import project_of, server
from sentinel.setup.install.files import ClientFile, keep_out_of_git
from sentinel.setup.install.format import BrokenError
from sentinel.setup.install.place import Place

__all__ = ["CLIENTS", "install"]


def install(client: str, place: Place, *, unattended: bool, print_only: bool) -> str:
    """Sets `client` up for the project and says what was done; with `print_only`, only what would be entered where.

    `unattended` lets it run Sentinel's tools without asking. Raises the errors of sentinel.errors.setup, having
    written nothing.
    """
    chosen = CLIENTS.get(client)
    if chosen is None:
        raise UnknownClientError(client=printable(client, limit=60), known=", ".join(CLIENTS))
    entry = server(place, locked_tools=chosen.locked_tools, longest_wait=chosen.longest_wait)
    file = _read(place, chosen.file(place), chosen)
    edit = plan(chosen, file, entry, unattended=unattended)
    permission = _permission(chosen, place) if unattended else None
    if print_only:
        return _snippets(file, fresh_text(chosen, edit.name, entry, unattended=unattended), permission)
    lines = _done(chosen, edit, file, _written(file, edit.text))
    locations = [chosen.location(place)]
    if permission is not None:
        lines += _allowed(permission, _written(permission.file, permission.text))
        locations.append(permission.location)
    return "\n".join((*lines, *_former(chosen, place), *_next(chosen, client, locations, unattended=unattended)))


@dataclass(frozen=True, slots=True)
class _Permission:
    """Another file of the project, and its new text; `snippet` is what belongs there."""

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
    snippet = plan_permission(client.format, empty, chosen.words, chosen.values).strip()
    return _Permission(chosen.file, file, plan_permission(client.format, file, chosen.words, chosen.values), snippet)


def _read(place: Place, path: Path, client: Client) -> ClientFile:
    return ClientFile.read(path, inside=place.project if client.in_project else None)


def _written(file: ClientFile, text: str) -> Path | None:
    """The backup, where there is one."""
    return file.write(text) if text != file.text else None


def _snippets(file: ClientFile, text: str, permission: _Permission | None) -> str:
    """What belongs in each file, by itself."""
    both = [(file, text), *([] if permission is None else [(permission.file, permission.snippet)])]
    return "\n".join(f"{printable(str(one.path))}\n{printable_lines(snippet)}" for one, snippet in both)


def _done(client: Client, edit: Edit, file: ClientFile, backup: Path | None) -> list[str]:
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
        return [f"Its tools are allowed already, in {path}."]
    return [f"Its tools are allowed, in {path}.", *_backup(backup)]


def _backup(backup: Path | None) -> list[str]:
    return [] if backup is None else [f"Backup: {printable(str(backup))}"]


def _former(client: Client, place: Place) -> list[str]:
    """What an earlier version of Sentinel entered for this project, which agents in every folder get."""
    if client.former_file is None:
        return []
    path = client.former_file(place)
    try:
        servers = client.format.read(ClientFile.read(path, inside=None).text).get(client.key)
    except (BrokenError, SentinelError):  # it is not ours to complain of
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
