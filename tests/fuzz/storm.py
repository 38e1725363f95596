"""Many cases at once against one daemon, and what has become of it afterwards."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fuzz.attack import Exchange, carry_out
from tests.fuzz.case import Case
from tests.fuzz.generator import case
from tests.fuzz.judgement import Log, faults
from tests.fuzz.lasting import changes, state_of
from tests.fuzz.target import Target
from tests.fuzz.witness import Testimony, witnesses

AT_ONCE = 12
MEMORY_BYTES = 120 * 2**20
"""By how much the daemon may have grown, however many cases there were."""


@dataclass(slots=True)
class Aftermath:
    """`faults` name the case that each belongs to, where that is known."""

    cases: int = 0
    connections: int = 0
    seconds: float = 0.0
    sent: int = 0
    received: int = 0
    memory: int = 0
    told: Testimony = field(default_factory=Testimony)
    faults: list[str] = field(default_factory=list)


async def storm(target: Target, seeds: Iterable[int]) -> Aftermath:
    """Tries the cases of `seeds`."""
    after = Aftermath()
    waiting = iter(seeds)
    running: set[int] = set()
    async with witnesses(target) as told:
        before, memory = state_of(target), target.process.memory_info().rss
        began, log = time.monotonic(), Log(target)

        async def attack() -> None:
            for seed in waiting:
                running.add(seed)
                lived = case(seed)
                _note(after, lived, await carry_out(lived, target), target)
                after.faults.extend(f"around {sorted(running)}: {line}" for line in log.faults())
                running.discard(seed)

        await asyncio.gather(*(attack() for _ in range(AT_ONCE)))
        after.seconds = time.monotonic() - began
        after.faults.extend(await changes(target, before))
        after.memory = target.process.memory_info().rss - memory
    after.told = told
    after.faults.extend(told.faults)
    if after.memory > MEMORY_BYTES:
        after.faults.append(f"the daemon has grown by {after.memory} bytes")
    return after


def _note(after: Aftermath, lived: Case, exchanges: list[Exchange], target: Target) -> None:
    after.cases += 1
    after.connections += len(exchanges)
    for exchange in exchanges:
        after.sent += len(exchange.sent)
        after.received += len(exchange.received)
        after.faults.extend(f"SEED={lived.seed}: {fault}" for fault in faults(exchange, target))
