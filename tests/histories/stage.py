"""Where a history takes place: one store, one machine, and the daemons that come and go on them."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sentinel.adapters.store.address import read_address
from sentinel.adapters.store.database import Database
from sentinel.adapters.store.store import SqlStore
from sentinel.engine.api import Asks
from sentinel.errors import SentinelError
from tests.histories.daemon import Daemon, Gone, Parts, join
from tests.histories.disk import Life
from tests.histories.outside import PROJECT, Outside
from tests.histories.scripts import Machine

T = TypeVar("T")


@dataclass(slots=True)
class Stage:
    """`connecting` is the life whose connections are opened now."""

    outside: Outside
    machine: Machine
    database: Path
    chance: random.Random
    pause: float
    fault: float = 0.0
    connecting: Life | None = None
    daemon: Daemon | None = None
    lives: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    async def start(self) -> Daemon:
        """A daemon on what the last one left, whose schema is the present one."""
        self.lives += 1
        life = Life(self.chance, self.pause, committed=self.outside.note_commit)
        self.connecting = life
        store = SqlStore(Database(read_address(f"sqlite:///{self.database}")), self.outside.clock)
        life.fault = self.fault
        self.outside.say(f"daemon {self.lives} starts")
        self.daemon = Daemon(self.outside, life, store, join(store, self.outside, self.machine, life))
        self.up.set()
        return self.daemon

    async def end(self, *, gently: bool) -> None:
        """The daemon of now ends."""
        daemon, self.daemon = self.daemon, None
        self.up.clear()
        assert daemon is not None
        self.outside.say(f"daemon {self.lives} {'is stopped' if gently else 'dies'}")
        await (daemon.stop() if gently else daemon.die())

    async def ask(self, request: Callable[[Parts], Coroutine[Any, Any, T]]) -> T:
        """Of the daemon that lives, or of the next one. Raises Gone where it dies meanwhile."""
        await self.up.wait()
        daemon = self.daemon
        if daemon is None:
            raise Gone
        return await daemon.call(request(daemon.parts))

    async def ask_as(self, person: str, request: Asks[T]) -> T:
        """What `person` asks about the project."""
        return await self.ask(lambda parts: parts.api.ask(person, PROJECT, request))


class Actor:
    """Somebody who does one thing after another until the history is over."""

    def __init__(self, stage: Stage, name: str, chance: random.Random, gap: float) -> None:
        self.stage = stage
        self.name = name
        self.chance = chance
        self._gap = gap

    def say(self, text: str) -> None:
        self.stage.outside.say(f"{self.name}: {text}")

    async def live(self) -> None:
        """Any error but a refusal is a fault of the engine's."""
        while not self.stage.over:
            await asyncio.sleep(self.chance.expovariate(1 / self._gap))
            try:
                await self.act()
            except Gone:
                self.say("the daemon went away")
            except SentinelError as error:
                self.say(f"refused, {type(error).__name__}: {error.what}")

    async def act(self) -> None:
        raise NotImplementedError
