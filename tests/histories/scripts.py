"""Commands that run on while daemons come and go, and that notice what runs beside them."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.core.policy.model import Policy
from sentinel.core.release.commands import LoggedCommand, LogPiece
from sentinel.core.release.model import BlockedBy
from sentinel.core.release.script import ScriptOrder, ScriptResult
from sentinel.ports.world import EnvironmentRequest
from tests.histories.disk import DaemonProcess
from tests.histories.outside import Outside

TARGETS = {"production": "production", "rollback": "production", "staging": "staging", "smoke": "staging"}
LONGEST_SECONDS = 3.0


@dataclass(slots=True)
class Script:
    """One run of a command; `end` is there once it is over."""

    directory: Path
    release: str
    timeout_seconds: float
    outcome: ScriptResult
    end: ScriptResult | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.directory.parent.name

    @property
    def operation(self) -> str:
        return self.directory.parent.parent.name


class Machine:
    """Where scripts run. `running` by target is what must never be two."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._scripts: dict[Path, Script] = {}

    def run(self, directory: Path, release: str, timeout_seconds: float) -> Script:
        """The run of `directory`, begun if it was not."""
        known = self._scripts.get(directory)
        if known is not None:
            return known
        script = Script(directory, release, timeout_seconds, self._end())
        self._scripts[directory] = script
        self._begin(script)
        return script

    def _end(self) -> ScriptResult:
        odds, happens = self._outside.odds, self._outside.happens
        if happens(odds.loss):
            return ScriptResult("lost")
        if happens(odds.script):
            return ScriptResult("exited", 1, tail="no\n")
        return ScriptResult("exited", 0)

    def _begin(self, script: Script) -> None:
        outside = self._outside
        outside.see("begin", script.name, script.operation, script.release)
        target = TARGETS.get(script.name, script.operation)
        for other in self._scripts.values():
            beside = TARGETS.get(other.name, other.operation)
            if other is not script and other.end is None and beside == target:
                outside.find(f"{script.directory} began beside {other.directory}")
        seconds = LONGEST_SECONDS * outside.chance.random()
        outcome = script.outcome
        if outside.happens(outside.odds.hang):
            seconds, outcome = script.timeout_seconds, ScriptResult("timed_out")
        asyncio.get_running_loop().call_later(seconds, self.finish, script, outcome)

    def finish(self, script: Script, end: ScriptResult) -> None:
        """Unless it ended before."""
        if script.end is None:
            script.end = end
            script.ended.set()
            word = "lost" if end.outcome == "lost" else "passed" if end.ok else "failed"
            self._outside.see(word, script.name, script.operation, script.release)

    def under(self, directory: Path) -> list[Script]:
        return [script for path, script in self._scripts.items() if path.is_relative_to(directory)]

    def boot(self) -> None:
        """The machine goes down with everything that ran on it."""
        for script in self._scripts.values():
            self.finish(script, ScriptResult("lost"))


@dataclass(frozen=True, slots=True)
class FakeScripts:
    """What one daemon can do with the machine."""

    machine: Machine
    process: DaemonProcess

    async def run(self, directory: Path, order: ScriptOrder, environment: EnvironmentRequest) -> ScriptResult:
        await self.process.let_others_run()
        release = environment.variables.get("SENTINEL_RELEASE_ID", "")
        script = self.machine.run(directory, release, order.timeout_seconds)
        await script.ended.wait()
        await self.process.let_others_run()
        assert script.end is not None
        return script.end

    async def logged(self, _project: Path) -> tuple[LoggedCommand, ...]:
        """Nobody here reads what they print."""
        return ()

    async def log(self, _project: Path, _command: LoggedCommand, offset: int) -> LogPiece:
        return LogPiece(text="", next_offset=offset, over=True)

    async def last_lines(self, _project: Path, _command: LoggedCommand, _count: int) -> tuple[str, ...]:
        return ()

    def finds(self, policy: Policy, program: str, *, production: bool) -> bool:
        assert policy.project.id
        return bool(program) or production

    async def faults(self, _project: str, _policy: Policy) -> tuple[BlockedBy, ...]:
        """Every command gets what it needs."""
        await self.process.let_others_run()
        return ()

    async def cancel_under(self, directory: Path) -> None:
        await self.process.let_others_run()
        for script in self.machine.under(directory):
            await self.process.let_others_run()
            self.machine.finish(script, ScriptResult("cancelled"))


class NoSecrets:
    """Histories are about other things."""

    async def learn_files(self, policy: Policy) -> None:
        """There are none."""

    def mask(self, text: str) -> str:
        return text
