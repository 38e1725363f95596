"""An agent and a person who do not give up: what they ask again is decided by the state alone."""

import json
import select
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from sentinel.errors.wire import DaemonUnreachableError
from sentinel.front.operator.client import OperatorClient, ReportedError
from sentinel.locations import agent_socket, operator_socket
from tests.front.mcp.raw import ENVELOPE

SECONDS = 60.0
STORY_SECONDS = 120.0
PATIENCE_SECONDS = 0.5
"""How long this agent waits for an answer before it looks at the status again; an answer that comes then is lost."""
Status = Mapping[str, Any]


class Gone(Exception):  # noqa: N818 - nobody's mistake
    """The daemon has died, before or after it did what it was asked."""


class Hands(Protocol):
    """What an agent and a person can do."""

    def call(self, tool: str, **arguments: object) -> Status | None:
        """What the tool answers, refusal or not; None where that takes longer than an agent here waits. Raises Gone."""
        ...

    def ask(self, command: str, **arguments: object) -> Any:
        """What a person's command came to; None where it is refused. Raises Gone."""
        ...


class DirectHands:
    """At the daemon's own sockets, without the programs that carry a call there."""

    def __init__(self, home: Path, directory: Path) -> None:
        self._link = socket.socket(socket.AF_UNIX)
        try:
            self._link.connect(agent_socket(str(home)))
        except OSError as error:
            self._link.close()
            raise Gone from error
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
            raise Gone from error

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._link.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Gone from error

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; None where none comes in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            if not select.select([self._link], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return None
            try:
                data = self._link.recv(1 << 20)
            except ConnectionError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return dict(json.loads(line))


Move = Callable[[Hands, Status], bool]
"""What to do now; False where there is nothing to do but wait."""
Moves = Mapping[str, Move]
"""By state where nothing runs, by `STATE, running` where an operation does, until it is asked to end."""


def start_sprint(hands: Hands, _status: Status) -> bool:
    hands.call("start_sprint", name="Crash")
    return True


def prepare(hands: Hands, status: Status) -> bool:
    """The release, after the tests and the trust that it is found to need."""
    gates = {row["gate"] for row in status["blocked_by"]}
    if "trust" in gates:
        trust(hands, status)
    if "tests" in gates:
        hands.call("run_tests")
    else:
        hands.call("prepare_release", type="minor")
    return True


def trust(hands: Hands, _status: Status) -> bool:
    preview = hands.ask("trust_preview")
    if preview is not None:
        hands.ask("trust", digest=preview["digest"])
    return True


def stage(hands: Hands, _status: Status) -> bool:
    hands.call("deploy", target="staging")
    return True


def promote(hands: Hands, status: Status) -> bool:
    """As soon as the soak is over: a call of the locked production deploy is a finding."""
    if any((row["tool"], row["target"]) == ("deploy", "production") for row in status["locked"]):
        return False
    hands.call("deploy", target="production", version=status["release"]["tag"])
    return True


def answer(phrase: str) -> Move:
    """A person types `phrase` at the open question."""

    def type_it(hands: Hands, status: Status) -> bool:
        if status["approval"] is None:
            return False
        question = hands.ask("question")
        if question is not None:
            named = {name: question[name] for name in ("approval_id", "plan_digest")}
            hands.ask("approve", **named, phrase=phrase, channel="terminal")
        return True

    return type_it


def roll_back(hands: Hands, _status: Status) -> bool:
    hands.call("emergency_rollback", reason="It looks wrong.")
    return True


def abandon(hands: Hands, _status: Status) -> bool:
    hands.call("abandon_release", reason="It is not wanted.")
    return True


def ask(command: str, **arguments: object) -> Move:
    """A person's command."""

    def enter(hands: Hands, _status: Status) -> bool:
        hands.ask(command, **arguments)
        return True

    return enter


RELEASE: Moves = {
    "IDLE": start_sprint,
    "ACTIVE": prepare,
    "RELEASE_CANDIDATE": stage,
    "SOAKING": promote,
    "AWAITING_APPROVAL": answer("DEPLOY-NOW"),
}
"""The way of a release."""


def insist(hands: Hands, moves: Moves, until: Callable[[Status], bool]) -> Status:
    """Makes the next move again and again until the status is as wanted. Raises Gone."""
    status = _look(hands, 0)
    deadline = time.monotonic() + STORY_SECONDS
    while not until(status):
        assert time.monotonic() < deadline, f"this is not what was waited for: {status}"
        move = moves.get(_place(status))
        moved = move is not None and move(hands, status)
        status = _look(hands, 0 if moved else 1)
    return status


def _look(hands: Hands, seconds: int) -> Status:
    status = hands.call("release_status", wait_seconds=seconds)
    assert status is not None, "the daemon does not answer"
    return status


def _place(status: Status) -> str:
    operation = status["operation"]
    return f"{status['state']}, {operation['status']}" if operation else str(status["state"])
