"""`sentinel guard install CLIENT`: the guard checks the commands of an AI client, or git's pushes."""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sentinel.adapters.git.hooks import hooks_folder
from sentinel.core.values.printable import printable, printable_lines
from sentinel.errors.setup import (
    HooksElsewhereError,
    HookTakenError,
    UnknownGuardError,
)
from sentinel.launch.guard import SHELL_TOOL
from sentinel.setup.install.entry import Place, server
from sentinel.setup.install.files import ClientFile, keep_out_of_git
from sentinel.setup.install.formats import JSON, ShapeError

HOOK = "pre-push"
_SCRIPT_MARK = "guard pre-push"
_EXECUTABLE = 0o755


def install_pre_push(place: Place, command: str, *, print_only: bool) -> str:
    """Returns what was done. Writes nothing if it raises HookTakenError or HooksElsewhereError."""
    found = hooks_folder(place.project, place.environ)
    path = found.folder / HOOK
    text = f"#!/bin/sh\n# Only Sentinel signs and pushes release tags.\nexec {command}\n"
    if print_only:
        return printable_lines(f"{path}\n{text}".rstrip())
    shown = printable(str(path))
    if not found.own:
        raise HooksElsewhereError(folder=printable(str(found.folder)), command=printable(command))
    file = ClientFile.read(path, inside=found.folder)
    if file.text and _SCRIPT_MARK not in file.text:
        raise HookTakenError(file=shown, command=printable(command))
    if file.text == text and os.access(file.target, os.X_OK):
        return f"Pushes are already guarded by {shown}."
    file.write(text, mode=_EXECUTABLE)
    return f"Pushes of release tags are now guarded by {shown}."


_KEYS = ("hooks", "PreToolUse")
_MARK = " guard check "


@dataclass(frozen=True, slots=True)
class Guarded:
    """A client whose settings are at `location` in the project."""

    title: str
    location: str
    next_step: str


GUARDED: Mapping[str, Guarded] = MappingProxyType(
    {
        "claude-code": Guarded(
            title="Claude Code",
            location=".claude/settings.local.json",
            next_step="start `claude` again; `/hooks` shows the guard.",
        ),
        "codex": Guarded(
            title="Codex",
            location=".codex/hooks.json",
            next_step="start Codex again, and let it trust the project and its hooks when it asks.",
        ),
    }
)


def install_hook(guarded: Guarded, place: Place, command: str, *, print_only: bool) -> str:
    """Returns what was done. Writes nothing if it raises an error of sentinel.errors.setup."""
    path = place.project / guarded.location
    if print_only:
        return f"{path}\n{JSON.write({_KEYS[0]: {_KEYS[1]: [_group(command)]}})}"
    file = ClientFile.read(path, inside=place.project)
    text = _with_hook(file, command)
    if text == file.text:
        return f"{guarded.title} is already guarded by {path}."
    backup = file.write(text)
    lines = [f"{guarded.title} is now guarded by {path}."]
    if backup is not None:
        lines.append(f"Backup: {backup}")
    return "\n".join((*lines, f"Next: {guarded.next_step}", *keep_out_of_git(guarded.location)))


def _with_hook(file: ClientFile, command: str) -> str:
    with JSON.reporting(str(file.path)):
        kept = [group for group in _groups(JSON.read(file.text)) if not _is_ours(group)]
        return JSON.put(file.text, _KEYS, [*kept, _group(command)])


def _groups(settings: Mapping[str, object]) -> list[object]:
    """Raises ShapeError."""
    hooks = settings.get(_KEYS[0], {})
    groups = hooks.get(_KEYS[1], []) if isinstance(hooks, dict) else None
    if not isinstance(groups, list):
        raise ShapeError(".".join(_KEYS if isinstance(hooks, dict) else _KEYS[:1]))
    return groups


def _group(command: str) -> dict[str, object]:
    return {"matcher": SHELL_TOOL, "hooks": [{"type": "command", "command": command}]}


def _is_ours(group: object) -> bool:
    """A group that this module wrote, with no command of a person in it."""
    commands = list(_commands(group))
    return len(commands) == 1 and _MARK in commands[0]


def _commands(group: object) -> Iterator[str]:
    hooks = group.get("hooks") if isinstance(group, dict) else None
    for hook in hooks if isinstance(hooks, list) else ():
        command = hook.get("command") if isinstance(hook, dict) else None
        yield command if isinstance(command, str) else ""


GIT = "git"


def install_guard(client: str, place: Place, *, print_only: bool) -> str:
    """Guards the project and returns what was done; with `print_only`, only what would be entered where.

    Writes nothing if it raises an error of sentinel.errors.setup.
    """
    if client == GIT:
        return install_pre_push(place, guard_command(place, "pre-push"), print_only=print_only)
    guarded = GUARDED.get(client)
    if guarded is None:
        known = ", ".join((*GUARDED, GIT))
        raise UnknownGuardError(client=printable(client, limit=60), known=known)
    # A program that was removed ends with another status than 2, and clients would run the command.
    command = f"{guard_command(place, 'check', '--project', str(place.project))} || exit 2"
    return printable_lines(install_hook(guarded, place, command, print_only=print_only))


def guard_command(place: Place, *words: str) -> str:
    """A command for a shell, with full paths: hooks get little of a person's environment."""
    entry = server(place, locked_tools="hide", longest_wait=None)
    state = ("env", *(f"{key}={value}" for key, value in entry.env.items())) if entry.env else ()
    return shlex.join((*state, entry.command, "guard", *words))
