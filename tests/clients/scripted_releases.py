"""The releases that the scripted model plays, a good one and a bad one, and what it was offered and told."""

import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from tests.clients.turn import TOOLS, Call, Move, Offered, Say, Turn

RESTARTED = "The daemon was restarted; call again."
PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
END = "One release is archived, and one is rolled back."
STEPS_LIMIT = 60
WAITS_LIMIT = 4
"""Waits for one deployment: each comes back only when somebody has to act."""
_STATE = re.compile(r'(?:^State of [^:\n]*: |"state\\?": ?\\?")([A-Z_]+)', re.MULTILINE)
_RUNNING = re.compile(r'(?:^Running: |"operation\\?": ?\{)', re.MULTILINE)
_VERSION = re.compile(r"v\d+\.\d+\.\d+")
Moves = Generator[Move, str, None]


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the model's: which tools it was offered, what it was told then, and after how many seconds."""

    call: Call
    offered: dict[str, Offered]
    said: str
    told: str
    seconds: float


@dataclass(slots=True)
class ScriptedReleases:
    """Plays two releases. `restart` ends the daemon while the tests run, `approve` is the human at a terminal.

    `change` commits what the second release brings, which fails in production.
    """

    restart: Callable[[], None]
    approve: Callable[[], None]
    change: Callable[[], None]
    longest_wait: int
    steps: list[Step] = field(default_factory=list)
    ended: bool = False
    _moves: Moves | None = None
    _open: tuple[Call, Turn, float] | None = None

    def play(self, turn: Turn) -> Move:
        """The next move, after what was told of the last one."""
        if self._moves is None:
            self._moves = self._releases()
            move = next(self._moves)
        else:
            self._close(turn)
            try:
                move = self._moves.send(turn.told)
            except StopIteration:
                self.ended = True
                return Say(END)
        assert len(self.steps) < STEPS_LIMIT, "the releases do not come to their end"
        assert isinstance(move, Call)
        assert move.tool in turn.offered, f"{move.tool} is needed and not offered: {sorted(turn.offered)}"
        self._open = (move, turn, time.monotonic())
        return move

    def told(self, tool: str, *, having: str = "") -> list[str]:
        """The answers to calls of `tool` that have `having` in them."""
        return [step.told for step in self.steps if step.call.tool == tool and having in step.told]

    def _close(self, turn: Turn) -> None:
        assert self._open is not None
        call, before, began = self._open
        self.steps.append(Step(call, dict(before.offered), turn.said, turn.told, time.monotonic() - began))

    def _releases(self) -> Moves:
        told = yield _call("release_status")
        assert state_of(told) == "IDLE", told
        yield _call("start_sprint", name="One")
        told = yield _call("prepare_release", type="minor")
        assert "Release Blocked. You have" in told, told
        self.restart()
        told = yield _call("run_tests")
        assert RESTARTED in told, told
        told = yield from self._deployed(early=True)
        assert (state_of(told), "archived" in told) == ("IDLE", True), told
        self.change()
        yield _call("start_sprint", name="Two")
        told = yield from self._deployed(early=False)
        assert (state_of(told), PDV_FAILURE in told) == ("ACTIVE", True), told

    def _deployed(self, *, early: bool) -> Generator[Move, str, str]:
        """From the tests to the end of the deployment; `early` asks for production before the soak is over."""
        told = yield _call("run_tests")
        yield from self._until_done(told)
        told = yield _call("prepare_release", type="minor")
        told = yield from self._until_done(told)
        assert state_of(told) == "RELEASE_CANDIDATE", told
        version = _version(told)
        told = yield _call("deploy", target="staging")
        told = yield from self._until_done(told)
        assert state_of(told) == "SOAKING", told
        if early:
            told = yield _call("deploy", target="production", version=version)
        while state_of(told) == "SOAKING":
            yield self._wait()
            told = yield _call("deploy", target="production", version=version)
        assert state_of(told) == "AWAITING_APPROVAL", told
        self.approve()
        for _ in range(WAITS_LIMIT):
            told = yield self._wait()
            if state_of(told) in ("IDLE", "ACTIVE", "HALTED"):
                break
        return told

    def _until_done(self, told: str) -> Generator[Move, str, str]:
        while _RUNNING.search(told):
            told = yield self._wait()
        return told

    def _wait(self) -> Call:
        """Another number each time, as the answers name it."""
        return _call("release_status", wait_seconds=self.longest_wait - len(self.steps) % 5)


def state_of(told: str) -> str:
    found = _STATE.search(told)
    return found[1] if found else ""


def _version(told: str) -> str:
    found = _VERSION.search(told)
    assert found is not None, told
    return found[0]


def _call(tool: str, **arguments: Any) -> Call:
    assert tool in TOOLS
    return Call(tool, arguments)
