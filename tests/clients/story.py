"""The release that the scripted model plays, and what it was offered and told on the way."""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from tests.clients.turn import TOOLS, Call, Move, Offered, Say, Turn

RESTARTED = "The daemon was restarted; call again."
END = "The release is archived."
STEPS_LIMIT = 60
_STATE = re.compile(r'(?:State: |"state\\?": ?\\?")([A-Z_]+)')
_RUNNING = re.compile(r'(?:^Running: |"operation\\?": ?\{)', re.MULTILINE)
_VERSION = re.compile(r"v\d+\.\d+\.\d+")
Plot = Generator[Move, str, None]


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the model's: which tools it was offered with that, and what it was told then."""

    call: Call
    offered: dict[str, Offered]
    said: str
    told: str


@dataclass(slots=True)
class Story:
    """Plays one release. `restart` ends the daemon while the tests run, `approve` is the human at a terminal."""

    restart: Callable[[], None]
    approve: Callable[[], None]
    longest_wait: int
    steps: list[Step] = field(default_factory=list)
    ended: bool = False
    _plot: Plot | None = None
    _open: tuple[Call, Turn] | None = None

    def play(self, turn: Turn) -> Move:
        """The next move, after what was told of the last one."""
        if self._plot is None:
            self._plot = self._release()
            move = next(self._plot)
        else:
            self._close(turn)
            try:
                move = self._plot.send(turn.told)
            except StopIteration:
                self.ended = True
                return Say(END)
        assert len(self.steps) < STEPS_LIMIT, "the story does not come to its end"
        assert isinstance(move, Call)
        assert move.tool in turn.offered, f"{move.tool} is needed and not offered: {sorted(turn.offered)}"
        self._open = (move, turn)
        return move

    def told(self, tool: str, *, having: str = "") -> list[str]:
        """The answers to calls of `tool` that have `having` in them."""
        return [step.told for step in self.steps if step.call.tool == tool and having in step.told]

    def _close(self, turn: Turn) -> None:
        assert self._open is not None
        call, before = self._open
        self.steps.append(Step(call, dict(before.offered), turn.said, turn.told))

    def _release(self) -> Plot:
        yield _call("release_status")
        yield _call("start_sprint", name="One")
        told = yield _call("prepare_release", type="minor")
        assert "Release Blocked. You have" in told, told
        self.restart()
        told = yield _call("run_tests")
        assert RESTARTED in told, told
        told = yield _call("run_tests")
        yield from self._until_idle(told)
        told = yield _call("prepare_release", type="minor")
        told = yield from self._until_idle(told)
        assert state_of(told) == "RELEASE_CANDIDATE", told
        version = _version(told)
        told = yield _call("deploy", target="staging")
        told = yield from self._until_idle(told)
        assert state_of(told) == "SOAKING", told
        told = yield _call("deploy", target="production", version=version)
        while state_of(told) != "AWAITING_APPROVAL":
            assert state_of(told) == "SOAKING", told
            yield self._wait()
            told = yield _call("deploy", target="production", version=version)
        self.approve()
        while state_of(told) != "IDLE":
            told = yield self._wait()
            assert state_of(told) in ("AWAITING_APPROVAL", "DEPLOYING", "VERIFYING", "ARCHIVED", "IDLE"), told

    def _until_idle(self, told: str) -> Generator[Move, str, str]:
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
