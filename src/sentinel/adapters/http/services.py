"""The services of a release: polled until healthy, and observed while they are verified (protocol 2.1 and 4.1)."""

from collections.abc import AsyncGenerator, Callable

import anyio
import httpx
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Reply, get, new_client
from sentinel.adapters.http.metrics import read_metrics
from sentinel.core.policy import Policy, Production, Staging
from sentinel.core.printable import printable
from sentinel.core.revision import answers_release
from sentinel.core.verification import Sample

HEALTH_PERIOD_SECONDS = 0.25
ATTEMPT_SECONDS = 5.0
BATCH_SECONDS = 0.5
STALL_SECONDS = 1.0
"""A probe that starts this late was delayed by this machine, and says nothing about the service."""


class HttpServices:
    """Health and observation over HTTP."""

    async def healthy(self, target: Staging | Production, *, answers: tuple[str, str, str] | None) -> str | None:
        """None as soon as health, and the revision where one is asked for, are good; else the last reason."""
        deadline = anyio.current_time() + target.health_timeout.total_seconds()
        async with new_client() as client:
            while True:
                left = max(0.1, deadline - anyio.current_time())
                fault = await _fault(client, target, answers, min(ATTEMPT_SECONDS, left))
                if fault is None:
                    return None
                if anyio.current_time() + HEALTH_PERIOD_SECONDS >= deadline:
                    return f"{fault}, for {target.health_timeout.total_seconds():g} s."
                await anyio.sleep(HEALTH_PERIOD_SECONDS)

    async def observe(self, policy: Policy, offset: Callable[[], float]) -> AsyncGenerator[tuple[Sample, ...], None]:
        """Batches of samples, also empty ones, every half second."""
        rules = policy.production.verification
        send, receive = anyio.create_memory_object_stream[Sample](10_000)
        async with new_client() as client, anyio.create_task_group() as tasks, send, receive:
            tasks.start_soon(_probe, client, policy, offset, send)
            if rules.prometheus is not None:
                tasks.start_soon(read_metrics, client, rules.prometheus, offset, send)
            try:
                while True:
                    await anyio.sleep(BATCH_SECONDS)
                    waiting = receive.statistics().current_buffer_used
                    yield tuple([receive.receive_nowait() for _ in range(waiting)])
            finally:
                tasks.cancel_scope.cancel()


async def _fault(
    client: httpx.AsyncClient, target: Staging | Production, answers: tuple[str, str, str] | None, seconds: float
) -> str | None:
    """Why the service is not healthy right now."""
    url = f"{target.url}{target.health}"
    reply = await get(client, url, seconds)
    if not reply.ok:
        return f"{printable(url)} {reply.reason}"
    if target.version_path is None or answers is None:
        return None
    url = f"{target.url}{target.version_path}"
    reply = await get(client, url, seconds)
    version, tag, commit = answers
    if not reply.ok:
        return f"{printable(url)} {reply.reason}"
    if not answers_release(reply.body, version=version, tag=tag, commit=commit):
        shown = printable(reply.body.strip(), limit=60)
        return f'{printable(url)} answered "{shown}", which is not {tag}: a stale instance'
    return None


async def _probe(
    client: httpx.AsyncClient, policy: Policy, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]
) -> None:
    """Requests at the policy's rate, each in a task of its own: slow answers do not slow the probing."""
    rules = policy.production.verification
    url = f"{policy.production.url}{rules.probe.path}"
    timeout = max(2.0, 4 * rules.latency.total_seconds())
    due = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        while True:
            late = anyio.current_time() - due
            if late > STALL_SECONDS:
                send.send_nowait(_stalled(offset(), late))
                due = anyio.current_time()
            else:
                tasks.start_soon(_one, client, url, timeout, offset, send)
            due += 1 / rules.probe.rate
            await anyio.sleep_until(due)


async def _one(
    client: httpx.AsyncClient,
    url: str,
    timeout: float,  # noqa: ASYNC109 - of the request, which is cut off by the client
    offset: Callable[[], float],
    send: MemoryObjectSendStream[Sample],
) -> None:
    at = offset()
    sample = _sample(at, await get(client, url, timeout))
    if send.statistics().current_buffer_used < send.statistics().max_buffer_size:
        send.send_nowait(sample)


def _sample(at: float, reply: Reply) -> Sample:
    """Below 400 is an answer; an error status or none at all is a failure of the service, unless it is ours."""
    ok = reply.status is not None and reply.status < 400
    fault = "none" if ok else "prober" if reply.own_fault else "target"
    latency = reply.seconds * 1000 if reply.status is not None else None
    return Sample(at=at, ok=ok, latency_ms=latency, fault=fault, reason="" if ok else reply.reason)


def _stalled(at: float, late: float) -> Sample:
    return Sample(at=at, ok=False, fault="prober", reason=f"Sentinel itself stood still for {late:.1f} s")
