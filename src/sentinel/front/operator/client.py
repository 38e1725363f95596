"""The command line's side of the operator socket. Standard library only, so that a command starts quickly."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.errors import SentinelError
from sentinel.errors.wire import DaemonUnreachableError


class ReportedError(SentinelError):
    """A refusal as the daemon worded it."""

    problem = "{what}"
    remedy = "{fix}"

    def __init__(self, *, reported_rule: str, what: str, fix: str, exit_code: int) -> None:
        super().__init__(what=what, fix=fix)
        self.reported_rule = reported_rule
        self.reported_exit_code = exit_code


@dataclass(frozen=True, slots=True)
class OperatorClient:
    """Asks the daemon behind `path` about the project that encloses `directory`.

    `project` is the id of that project, for a daemon that cannot look there.
    """

    path: Path
    directory: Path
    project: str | None = None

    def ask(self, command: str, **arguments: object) -> Any:
        """What `command` came to. Raises ReportedError, or DaemonUnreachableError."""
        request = {
            "command": command,
            "directory": str(self.directory),
            "project": self.project,
            "arguments": arguments,
        }
        return _result(_exchange(self.path, request))

    def stop(self) -> int:
        """The process id of the daemon that is stopping now."""
        return int(_result(_exchange(self.path, {"command": "stop"}))["pid"])


def _exchange(path: Path, request: Mapping[str, object]) -> Any:
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(path))
            link.sendall(json.dumps(request).encode() + b"\n")
            with link.makefile("rb") as answers:
                line = answers.readline()
        return json.loads(line)
    except OSError as error:
        raise DaemonUnreachableError(path=path, reason=error.strerror or str(error)) from None
    except ValueError:
        raise DaemonUnreachableError(path=path, reason="it ended the connection") from None


def _result(reply: Any) -> Any:
    if reply["ok"]:
        return reply["result"]
    raise ReportedError(
        reported_rule=reply["rule"], what=reply["what"], fix=reply["fix"], exit_code=int(reply["exit_code"])
    )
