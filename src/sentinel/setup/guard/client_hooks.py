"""The PreToolUse hook in an AI client's own settings; everything else that stands there stays.

As Claude Code and Codex document them: `hooks.PreToolUse` is a list of groups, each with a `matcher` of tools and a
list of `hooks`, whose `command` a shell runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sentinel.core.values.printable import printable
from sentinel.errors.install import ClientFileBrokenError, ClientFileShapeError
from sentinel.setup.install import jsonc
from sentinel.setup.install.files import ClientFile, keep_out_of_git
from sentinel.setup.install.format import BrokenError, ShapeError
from sentinel.setup.install.place import Place

SHELL_TOOL = "Bash"
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
    """What was done. Raises the errors of sentinel.errors.install, having written nothing."""
    path = place.project / guarded.location
    if print_only:
        return f"{path}\n{jsonc.write({_KEYS[0]: {_KEYS[1]: [_group(command)]}})}"
    file = ClientFile.read(path, inside=place.project)
    text = _with_hook(file, command)
    if text == file.text:
        return f"{guarded.title} is guarded already, by {path}."
    backup = file.write(text)
    lines = [f"{guarded.title} is guarded now, by {path}."]
    if backup is not None:
        lines.append(f"The file as it was: {backup}")
    return "\n".join((*lines, f"Next: {guarded.next_step}", *keep_out_of_git(guarded.location)))


def _with_hook(file: ClientFile, command: str) -> str:
    shown = printable(str(file.path))
    try:
        settings = jsonc.read_strict(file.text)
        groups = _groups(settings)
        kept = [group for group in groups if not _is_ours(group)]
        return jsonc.put(file.text, _KEYS, [*kept, _group(command)])
    except BrokenError as error:
        detail = printable(str(error), limit=200).rstrip(".")
        raise ClientFileBrokenError(file=shown, format="JSON", detail=detail) from None
    except ShapeError as error:
        raise ClientFileShapeError(file=shown, key=printable(str(error))) from None


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
    """A group that was written here and holds nothing of a person's."""
    commands = list(_commands(group))
    return len(commands) == 1 and _MARK in commands[0]


def _commands(group: object) -> Iterator[str]:
    hooks = group.get("hooks") if isinstance(group, dict) else None
    for hook in hooks if isinstance(hooks, list) else ():
        command = hook.get("command") if isinstance(hook, dict) else None
        yield command if isinstance(command, str) else ""
