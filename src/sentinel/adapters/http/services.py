"""The services of a release: polled until healthy, and observed while they are verified."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client
from sentinel.adapters.http.health import HealthPoll
from sentinel.adapters.http.metrics import Metrics
from sentinel.adapters.http.prober import Prober
from sentinel.core.policy.model import Policy, Production, Prometheus, Staging
from sentinel.core.verification.prometheus import Reading
from sentinel.core.verification.sequential_test import Sample, probe_timeout_s
from sentinel.errors import SentinelError

BATCH_SECONDS = 0.5
WAITING_SAMPLES = 10_000


async def _no_login(_name: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class HttpServices:
    """Health and observation over HTTP; what an answer is quoted with goes through `mask`.

    `login` gives the headers of a login by the name of its secret, and `ca` is the file of daemon.toml.
    """

    mask: Callable[[str], str]
    login: Callable[[str], Awaitable[Mapping[str, str]]] = _no_login
    ca: Path | None = None

    async def healthy(self, target: Staging | Production, *, answers: tuple[str, str, str] | None) -> str | None:
        """None once health (and version_path: version, tag, commit of `answers`) is good, else why it is not."""
        try:
            headers = await self._headers(target)
        except SentinelError as error:
            return f"{error.what} {error.fix}"
        async with Client(self.ca) as client:
            return await HealthPoll(client, target, answers, headers, self.mask).run()

    async def missing_paths(self, target: Staging | Production) -> tuple[str, ...]:
        """Addresses of health and version that whatever runs there now answers with "not found".

        A service behind a login is not asked: the policy may be one that nobody has trusted yet.
        """
        if target.login is not None:
            return ()
        async with Client(self.ca) as client:
            return await HealthPoll(client, target, None, {}, self.mask).missing_paths()

    async def metrics(self, policy: Policy) -> tuple[Reading, ...]:
        """What Prometheus answers to the policy's queries now; nothing where it names none."""
        rules = policy.production.verification.prometheus
        if rules is None:
            return ()
        headers = await self._headers(rules)
        async with Client(self.ca) as client:
            readings = await Metrics(client, rules, headers).read()
        return tuple(replace(reading, problem=self.mask(reading.problem)) for reading in readings)

    async def _headers(self, target: Staging | Production | Prometheus) -> Mapping[str, str]:
        return await self.login(target.login) if target.login is not None else {}

    async def observe(self, policy: Policy, offset: Callable[[], float]) -> AsyncGenerator[tuple[Sample, ...], None]:
        """Batches of samples, also empty ones, every half second; closing it ends all requests.

        The watching is a task of its own, since a task group that is open across a `yield` would turn the closing
        of the generator into an error of its caller.
        """
        send, receive = anyio.create_memory_object_stream[Sample](WAITING_SAMPLES)
        watching = asyncio.create_task(self._watch(policy, offset, send))
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

    async def _watch(self, policy: Policy, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]) -> None:
        production = policy.production
        rules = production.verification
        async with Client(self.ca) as client, send, anyio.create_task_group() as tasks:
            headers = await self._waited_for(production, offset, send)
            prober = Prober(
                client=client,
                url=f"{production.url}{rules.probe.path}",
                rate=rules.probe.rate,
                timeout_seconds=probe_timeout_s(rules.latency.total_seconds() * 1000),
                offset=offset,
                send=send,
                headers=headers,
            )
            tasks.start_soon(prober.run)
            if rules.prometheus is not None:
                own = await self._waited_for(rules.prometheus, offset, send)
                tasks.start_soon(Metrics(client, rules.prometheus, own).observe, offset, send)

    async def _waited_for(
        self, target: Production | Prometheus, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]
    ) -> Mapping[str, str]:
        """The headers of a login; while its secret cannot be read we see nothing, which says nothing of the service."""
        while True:
            try:
                return await self._headers(target)
            except SentinelError as error:
                await send.send(Sample(at=offset(), ok=False, fault="prober", reason=error.what))
                await anyio.sleep(BATCH_SECONDS)
