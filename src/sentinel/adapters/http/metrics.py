"""Prometheus: error rate and latency by the policy's own queries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client
from sentinel.core.policy.model import Prometheus
from sentinel.core.verification.prometheus import Query, Reading, read_answer
from sentinel.core.verification.sequential_test import Sample

QUERY_SECONDS = 5.0


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
