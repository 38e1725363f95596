"""The command line's side of the operator socket. Standard library only, so that a command starts quickly."""

import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from sentinel.errors import SentinelError
from sentinel.errors.connection import DaemonUnreachableError

if TYPE_CHECKING:
    from pathlib import Path

WAITING_SECONDS = 1.0
"""When a person at a terminal first sees that they wait, and how often the time is updated."""
_CHUNK = 1 << 16
_ERASED = "\r\x1b[K"
"""The line's beginning, and nothing behind it (ECMA-48)."""


class ReportedError(SentinelError):
    """A refusal as the daemon worded it."""

    problem = "{what}"
    remedy = "{fix}"

    def __init__(self, *, reported_rule: str, what: str, fix: str, exit_code: int) -> None:
        super().__init__(what=what, fix=fix)
        self.reported_rule = reported_rule
        self.reported_exit_code = exit_code


class Screen(TypedDict):
    """Where an answer will be printed: its columns, if it is a terminal, and whether it has colours."""

    width: int | None
    colour: bool


class Reply(NamedTuple):
    """An answer as data, and as the text that the daemon has made of it for a screen."""

    result: Any
    text: str


class OperatorClient(NamedTuple):
    """Asks the daemon behind `path` about the project that encloses `directory`.

    `project` is the id of that project, for a daemon that cannot look there.
    """

    path: "Path | str"
    directory: "Path | str"
    project: str | None = None

    def ask(self, wire: str, **arguments: object) -> Any:
        """The result of the request with that name. Raises ReportedError or DaemonUnreachableError."""
        return self._asked(wire, arguments, None)["result"]

    def ask_for(self, screen: Screen, wire: str, **arguments: object) -> Reply:
        """The same, with its text for `screen`."""
        reply = self._asked(wire, arguments, screen)
        return Reply(reply["result"], reply["text"])

    def stop(self) -> int:
        """The process id of the daemon that is stopping now."""
        return int(_exchange(self.path, {"command": "stop"})["result"]["pid"])

    def _asked(self, wire: str, arguments: Mapping[str, object], screen: Screen | None) -> Any:
        request: dict[str, object] = {
            "command": wire,
            "directory": str(self.directory),
            "project": self.project,
            "arguments": arguments,
        }
        # What asks to wait is followed by whoever asks, and told in its own words.
        told = "seconds" not in arguments and _can_be_told()
        return _exchange(self.path, request if screen is None else {**request, "screen": screen}, told=told)


def _exchange(path: "Path | str", request: Mapping[str, object], *, told: bool = False) -> Any:
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(path))
            link.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(_answer(link, told=told))
    except OSError as error:
        raise DaemonUnreachableError(path=path, reason=error.strerror or str(error)) from None
    except ValueError:
        raise DaemonUnreachableError(path=path, reason="it ended the connection") from None
    if not reply["ok"]:
        raise ReportedError(
            reported_rule=reply["rule"], what=reply["what"], fix=reply["fix"], exit_code=int(reply["exit_code"])
        )
    return reply


def _answer(link: socket.socket, *, told: bool) -> bytes:
    """One line; a person who is `told` sees how long they have waited."""
    received, began, shown = bytearray(), time.monotonic(), False
    link.settimeout(WAITING_SECONDS if told else None)
    try:
        while not received.endswith(b"\n"):
            try:
                data = link.recv(_CHUNK)
            except TimeoutError:
                sys.stderr.write(f"{_ERASED}Waiting for the daemon: {time.monotonic() - began:.0f} s")
                sys.stderr.flush()
                shown = True
                continue
            if not data:
                break
            received += data
    finally:
        if shown:
            sys.stderr.write(_ERASED)
    return bytes(received)


def _can_be_told() -> bool:
    """Whether standard error is a terminal on which a line can be overwritten."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except OSError:  # something only says that it is a terminal
        return False
