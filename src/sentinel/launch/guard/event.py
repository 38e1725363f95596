"""The event that an AI client gives a PreToolUse hook: a JSON object on stdin.

As Claude Code and Codex document it: `tool_name` is "Bash" for a shell command, which is `tool_input.command`, run in
`cwd`. Other tools are none of the guard's business.
"""

import json

SHELL_TOOL = "Bash"


class BrokenEventError(ValueError):
    """It cannot be told what is about to run; the message says why."""


class Event:
    """`command` is None where no shell is asked for; `directory` is empty where the client names none."""

    __slots__ = ("command", "directory")

    def __init__(self, command: str | None, directory: str) -> None:
        self.command = command
        self.directory = directory


def read_event(raw: bytes, limit: int) -> Event:
    """Raises BrokenEventError."""
    if len(raw) > limit:
        raise BrokenEventError(f"it is larger than {limit} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise BrokenEventError("it is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("tool_name"), str):
        raise BrokenEventError("it has no tool_name")
    if document["tool_name"] != SHELL_TOOL:
        return Event(None, "")
    given = document.get("tool_input")
    command = given.get("command") if isinstance(given, dict) else None
    if not isinstance(command, str):
        raise BrokenEventError("it has no command in tool_input")
    return Event(command, _directory(document.get("cwd")))


def _directory(given: object) -> str:
    """A full path; nothing where it cannot be one."""
    if not isinstance(given, str) or not given.startswith("/") or "\0" in given:
        return ""
    try:
        given.encode()
    except UnicodeEncodeError:
        return ""
    return given
