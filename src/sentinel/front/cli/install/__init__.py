"""`sentinel install CLIENT`: enters Sentinel into an AI client's configuration, and changes nothing else in it."""

from pathlib import Path

from sentinel.core.printable import printable, printable_lines
from sentinel.errors.install import UnknownClientError
from sentinel.front.cli.install.clients import CLIENTS, Client
from sentinel.front.cli.install.edit import Edit, plan
from sentinel.front.cli.install.entry import Server, server
from sentinel.front.cli.install.files import ClientFile, keep_out_of_git
from sentinel.front.cli.install.place import Place

__all__ = ["CLIENTS", "install"]


def install(client: str, place: Place, *, print_only: bool) -> str:
    """Sets `client` up for the project and says what was done; with `print_only`, only what would be entered where.

    Raises the errors of sentinel.errors.install, having written nothing.
    """
    chosen = CLIENTS.get(client)
    if chosen is None:
        raise UnknownClientError(client=printable(client, limit=60), known=", ".join(CLIENTS))
    entry = server(place, locked_tools=chosen.locked_tools)
    file = ClientFile.read(chosen.file(place), inside=place.project if chosen.in_project else None)
    edit = plan(chosen, file, entry)
    if print_only:
        return _snippet(chosen, edit, entry, file)
    backup = file.write(edit.text) if edit.text != file.text else None
    return "\n".join((*_done(chosen, edit, file, backup), *_next(chosen)))


def _snippet(client: Client, edit: Edit, entry: Server, file: ClientFile) -> str:
    written = client.format.write({client.key: {edit.name: entry.settings(client.extra)}})
    return f"{printable(str(file.path))}\n{printable_lines(written)}"


def _done(client: Client, edit: Edit, file: ClientFile, backup: Path | None) -> list[str]:
    path = printable(str(file.path))
    if edit.text == file.text:
        return [f'{client.title} is already set up: "{edit.name}" in {path}.']
    lines = [f'{client.title} is set up: {"changed" if edit.existed else "added"} "{edit.name}" in {path}.']
    if backup is not None:
        lines.append(f"The file as it was: {printable(str(backup))}")
    return lines


def _next(client: Client) -> list[str]:
    lines = [f"Next: {client.next_step}"]
    if client.in_project:
        lines += keep_out_of_git(client.location)
    return lines
