"""The services of a release over HTTP: polled until healthy; probed, and their metrics read, while they are verified.

Faults of Sentinel's own are told apart from those of the service.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client, Reply
from sentinel.core.policy.model import Policy, Production, Prometheus, Staging
from sentinel.core.policy.values import VersionKey
from sentinel.core.values.printable import printable
from sentinel.core.values.urls import without_login
from sentinel.core.verification.prometheus import Query, Reading, read_answer
from sentinel.core.verification.revision import answers_release, said
from sentinel.core.verification.sequential_test import Sample, probe_timeout_s
from sentinel.errors import SentinelError

PERIOD_SECONDS = 0.25
ATTEMPT_SECONDS = 5.0
LOOK_SECONDS = 2.0
"""How long an address may take where it is only looked whether it is there."""
_NOT_THERE = (404, 405, 410, 501)
QUOTED = 60
"""Characters of an answer that are shown."""
QUERY_SECONDS = 5.0
STALL_SECONDS = 1.0
"""A machine that stood still for so long, by overload or suspension, measures itself and not the service."""
BEAT_SECONDS = 0.25
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


@dataclass(frozen=True, slots=True)
class HealthPoll:
    """Asks one target until its time is up.

    `answers` are the version, tag and commit, one of which `version_path` must answer with. An answer goes through
    `mask` before it is cut: the beginning of a secret could not be told from other text.
    """

    client: Client
    target: Staging | Production
    answers: tuple[str, str, str] | None
    headers: Mapping[str, str]
    mask: Callable[[str], str]

    async def run(self) -> str | None:
        """None as soon as health, and the revision where one is asked for, are good; else the last reason."""
        allowed = self.target.health_timeout.total_seconds()
        deadline = anyio.current_time() + allowed
        while True:
            left = deadline - anyio.current_time()
            fault = await self._fault(min(ATTEMPT_SECONDS, max(left, PERIOD_SECONDS)))
            if fault is None:
                return None
            if anyio.current_time() + PERIOD_SECONDS >= deadline:
                return f"{fault}, for {allowed:g} s."
            await anyio.sleep(PERIOD_SECONDS)

    async def missing_paths(self) -> tuple[str, ...]:
        """The addresses that are not there, each with what it answered, where the service answers at all."""
        asked = self.target.version_path
        version = asked.path if isinstance(asked, VersionKey) else asked
        paths = dict.fromkeys(path for path in (self.target.health, version) if path is not None)
        answered = await asyncio.gather(*(self._get(path, LOOK_SECONDS) for path in paths))
        return tuple(f"{shown} {reply.reason}" for shown, reply in answered if reply.status in _NOT_THERE)

    async def _fault(self, seconds: float) -> str | None:
        """Why the service is not healthy right now."""
        shown, reply = await self._get(self.target.health, seconds)
        if not reply.ok:
            return f"{shown} {reply.reason}"
        if self.target.version_path is None or self.answers is None:
            return None
        asked = self.target.version_path
        path, key = (asked.path, asked.key) if isinstance(asked, VersionKey) else (asked, None)
        shown, reply = await self._get(path, seconds)
        if not reply.ok:
            return f"{shown} {reply.reason}"
        version, tag, commit = self.answers
        if answers_release(reply.body, version=version, tag=tag, commit=commit, key=key):
            return None
        quoted = printable(self.mask(said(reply.body, key)), limit=QUOTED)
        return f'{shown} answered "{quoted}", which is not {tag}: a stale instance'

    async def _get(self, path: str, seconds: float) -> tuple[str, Reply]:
        """The address as it may be shown, and what it answered."""
        url = f"{self.target.url}{path}"
        return printable(without_login(url)), await self.client.get(url, seconds=seconds, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The policy's two queries, sent with the `headers` of its login."""

    client: Client
    rules: Prometheus
    headers: Mapping[str, str]

    async def observe(self, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]) -> None:
        """A reading every interval, the latency in seconds as is Prometheus' custom.

        One that cannot be had, or is not a number for want of traffic, is our blindness and not the service's failure.
        """
        due = anyio.current_time()
        while True:
            await send.send(await self._sample(offset))
            due = max(due + self.rules.interval.total_seconds(), anyio.current_time())
            await anyio.sleep_until(due)

    async def read(self) -> tuple[Reading, ...]:
        """What both queries are answered with."""
        return (await self._read("error_rate", self.rules.error_rate), await self._read("latency", self.rules.latency))

    async def _sample(self, offset: Callable[[], float]) -> Sample:
        error_rate, latency = await self.read()
        for reading in (error_rate, latency):
            if reading.counted is None:
                reason = f"{reading.query} {reading.problem}"
                return Sample(at=offset(), kind="metric", ok=False, fault="prober", reason=reason)
        milliseconds = None if latency.value is None else latency.value * 1000
        return Sample(at=offset(), kind="metric", error_rate=error_rate.counted, latency_ms=milliseconds)

    async def _read(self, query: Query, promql: str) -> Reading:
        url = f"{self.rules.url}/api/v1/query"
        reply = await self.client.get(url, seconds=QUERY_SECONDS, params={"query": promql}, headers=self.headers)
        return read_answer(query, status=reply.status, body=reply.body, reason=reply.reason)


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
