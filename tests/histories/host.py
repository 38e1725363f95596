"""The host of a history: one store, one machine, and the daemons that run there one after the other."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sentinel.adapters.store.database import Database, read_address
from sentinel.adapters.store.store import SqlStore
from sentinel.engine.api import Asks
from sentinel.errors import SentinelError
from tests.histories.daemon import Daemon, DaemonEnded, Parts, join
from tests.histories.disk import DaemonProcess
from tests.histories.outside import PROJECT, Outside
from tests.histories.scripts import Machine

T = TypeVar("T")


@dataclass(slots=True)
class Host:
    """`connecting` is the daemon whose connections are opened now."""

    outside: Outside
    machine: Machine
    database: Path
    chance: random.Random
    pause: float
    fault: float = 0.0
    connecting: DaemonProcess | None = None
    daemon: Daemon | None = None
    started: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    async def start(self) -> Daemon:
        """A daemon on what the last one left, whose schema is the present one."""
        self.started += 1
        process = DaemonProcess(self.chance, self.pause, committed=self.outside.note_commit)
        self.connecting = process
        store = SqlStore(Database(read_address(f"sqlite:///{self.database}")), self.outside.clock)
        process.fault = self.fault
        self.outside.say(f"daemon {self.started} starts")
        self.daemon = Daemon(self.outside, process, store, join(store, self.outside, self.machine, process))
        self.up.set()
        return self.daemon

    async def end(self, *, gently: bool) -> None:
        """The daemon of now ends."""
        daemon, self.daemon = self.daemon, None
        self.up.clear()
        assert daemon is not None
        self.outside.say(f"daemon {self.started} {'is stopped' if gently else 'is killed'}")
        await (daemon.stop() if gently else daemon.kill())

    async def ask(self, request: Callable[[Parts], Coroutine[Any, Any, T]]) -> T:
        """Of the daemon that runs, or of the next one. Raises DaemonEnded where it ends meanwhile."""
        await self.up.wait()
        daemon = self.daemon
        if daemon is None:
            raise DaemonEnded
        return await daemon.call(request(daemon.parts))

    async def ask_as(self, person: str, request: Asks[T]) -> T:
        """What `person` asks about the project."""
        return await self.ask(lambda parts: parts.api.ask(person, PROJECT, request))


class Actor:
    """Somebody who does one thing after another until the history is over."""

    def __init__(self, host: Host, name: str, chance: random.Random, gap: float) -> None:
        self.host = host
        self.name = name
        self.chance = chance
        self._gap = gap

    def say(self, text: str) -> None:
        self.host.outside.say(f"{self.name}: {text}")

    async def run(self) -> None:
        """Any error but a refusal is a fault of the engine's."""
        while not self.host.over:
            await asyncio.sleep(self.chance.expovariate(1 / self._gap))
            try:
                await self.act()
            except DaemonEnded:
                self.say("the daemon ended")
            except SentinelError as error:
                self.say(f"refused, {type(error).__name__}: {error.what}")

    async def act(self) -> None:
        raise NotImplementedError
