"""The services of a release: polled until healthy, and observed while they are verified (protocol 2.1 and 4.1)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client
from sentinel.adapters.http.health import poll_health
from sentinel.adapters.http.metrics import read_metrics
from sentinel.adapters.http.prober import Prober
from sentinel.core.policy import Policy, Production, Staging
from sentinel.core.verification import Sample, probe_timeout_s

BATCH_SECONDS = 0.5
WAITING_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class HttpServices:
    """Health and observation over HTTP; what an answer is quoted with goes through `mask`."""

    mask: Callable[[str], str]

    async def healthy(self, target: Staging | Production, *, answers: tuple[str, str, str] | None) -> str | None:
        """None once health (and version_path: version, tag, commit of `answers`) is good, else why it is not."""
        return await poll_health(target, answers=answers, mask=self.mask)

    async def observe(self, policy: Policy, offset: Callable[[], float]) -> AsyncGenerator[tuple[Sample, ...], None]:
        """Batches of samples, also empty ones, every half second; closing it ends all requests.

        The watching is a task of its own, since a task group that is open across a `yield` would turn the closing
        of the generator into an error of its caller.
        """
        send, receive = anyio.create_memory_object_stream[Sample](WAITING_SAMPLES)
        watching = asyncio.create_task(_watch(policy, offset, send))
        try:
            while not watching.done():
                await anyio.sleep(BATCH_SECONDS)
                waiting = receive.statistics().current_buffer_used
                yield tuple([receive.receive_nowait() for _ in range(waiting)])
            await watching
        finally:
            watching.cancel()
            with anyio.CancelScope(shield=True), receive:
                await asyncio.wait([watching])


async def _watch(policy: Policy, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]) -> None:
    rules = policy.production.verification
    async with Client() as client, send, anyio.create_task_group() as tasks:
        prober = Prober(
            client=client,
            url=f"{policy.production.url}{rules.probe.path}",
            rate=rules.probe.rate,
            timeout_seconds=probe_timeout_s(rules.latency.total_seconds() * 1000),
            offset=offset,
            send=send,
        )
        tasks.start_soon(prober.run)
        if rules.prometheus is not None:
            tasks.start_soon(read_metrics, client, rules.prometheus, offset, send)
