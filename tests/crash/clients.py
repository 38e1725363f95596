"""The clients of an agent and a person: how they reach the daemon, and how they notice that it has crashed."""

import json
import select
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from sentinel.errors.connection import DaemonUnreachableError
from sentinel.front.operator.client import OperatorClient, ReportedError
from sentinel.launch.locations import agent_socket, operator_socket
from tests.front.mcp.raw import ENVELOPE

SECONDS = 60.0
PATIENCE_SECONDS = 0.5
"""How long this agent waits for an answer before it looks at the status again; an answer that comes then is lost."""
Status = Mapping[str, Any]


class DaemonEnded(Exception):  # noqa: N818 - nobody's mistake
    """The daemon has crashed, before or after it did what it was asked."""


class ReleaseClient(Protocol):
    """What an agent and a person can do."""

    def call(self, tool: str, **arguments: object) -> Status | None:
        """What the tool answers, refusal or not; None where that takes too long. Raises DaemonEnded."""
        ...

    def ask(self, command: str, **arguments: object) -> Any:
        """What a person's command came to; None where it is refused. Raises DaemonEnded."""
        ...


class SocketClient:
    """At the daemon's own sockets, without the programs that carry a call there."""

    def __init__(self, home: Path, directory: Path) -> None:
        self._link = socket.socket(socket.AF_UNIX)
        try:
            self._link.connect(agent_socket(str(home)))
        except OSError as error:
            self._link.close()
            raise DaemonEnded from error
        self._received = b""
        self._number = 0
        self._operator = OperatorClient(Path(operator_socket(str(home))), directory)
        self._send({"sentinel": 1, "relay": "0.1.0", "directory": str(directory), "locked_tools": "hide"})
        assert self._receive(SECONDS) == {"ok": True}

    def close(self) -> None:
        self._link.close()

    def call(self, tool: str, **arguments: object) -> Status | None:
        self._number += 1
        params = {"name": tool, "arguments": arguments, "_meta": ENVELOPE}
        self._send({"jsonrpc": "2.0", "id": self._number, "method": "tools/call", "params": params})
        seconds = SECONDS if tool == "release_status" else PATIENCE_SECONDS
        while (reply := self._receive(seconds)) is not None:
            if reply.get("id") == self._number:
                return dict(reply["result"]["structuredContent"])
        return None

    def ask(self, command: str, **arguments: object) -> Any:
        try:
            return self._operator.ask(command, **arguments)
        except ReportedError:
            return None
        except DaemonUnreachableError as error:
            raise DaemonEnded from error

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._link.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise DaemonEnded from error

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; None where none comes in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            if not select.select([self._link], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return None
            try:
                data = self._link.recv(1 << 20)
            except ConnectionError as error:
                raise DaemonEnded from error
            if not data:
                raise DaemonEnded
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return dict(json.loads(line))
