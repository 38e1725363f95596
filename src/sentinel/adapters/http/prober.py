"""Probes of production at a steady rate, with Sentinel's own faults told apart from the service's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client, Reply
from sentinel.core.verification.sequential_test import Sample

STALL_SECONDS = 1.0
"""A machine that stood still for so long, by overload or suspension, measures itself and not the service."""
BEAT_SECONDS = 0.25


@dataclass(slots=True)
class Pulse:
    """Notices when this process stood still: its beat, which is due every BEAT_SECONDS, came late."""

    offset: Callable[[], float]
    beat_at: float = field(init=False)
    stalled_at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self.beat_at = self.offset()

    async def run(self) -> None:
        while True:
            self.beat()
            await anyio.sleep(BEAT_SECONDS)

    def beat(self) -> None:
        now = self.offset()
        if now - self.beat_at > STALL_SECONDS:
            self.stalled_at = now
        self.beat_at = now

    def stalled_since(self, began: float) -> bool:
        """Whether we stood still at some time after `began`, whichever task was the first to run again."""
        self.beat()
        return self.stalled_at > began


@dataclass(frozen=True, slots=True)
class Prober:
    """Requests at `rate` a second, each in a task of its own: slow answers do not slow the probing."""

    client: Client
    url: str
    rate: float
    timeout_seconds: float
    offset: Callable[[], float]
    send: MemoryObjectSendStream[Sample]
    headers: Mapping[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Probes until it is cancelled, which also ends the requests in flight."""
        pulse = Pulse(self.offset)
        due = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pulse.run)
            while True:
                began = self.offset()
                tasks.start_soon(self._probe, pulse)
                due = max(due + 1 / self.rate, anyio.current_time())
                await anyio.sleep_until(due)
                if pulse.stalled_since(began):
                    await self.send.send(_stalled(self.offset()))

    async def _probe(self, pulse: Pulse) -> None:
        began = self.offset()
        reply = await self.client.get(self.url, seconds=self.timeout_seconds, headers=self.headers)
        stalled = pulse.stalled_since(began)
        await self.send.send(_stalled(self.offset()) if stalled else _sample(self.offset(), reply))


def _sample(at: float, reply: Reply) -> Sample:
    """Below 400 is an answer; an error status or none at all is a failure of the service, unless it is ours."""
    if reply.status is not None and reply.status < 400:
        return Sample(at=at, latency_ms=reply.seconds * 1000)
    return Sample(at=at, ok=False, fault="prober" if reply.own_fault else "target", reason=reply.reason)


def _stalled(at: float) -> Sample:
    return Sample(at=at, ok=False, fault="prober", reason="Sentinel itself stood still")
