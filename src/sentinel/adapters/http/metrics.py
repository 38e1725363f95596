"""Prometheus: error rate and latency by the policy's own queries (protocol 4.1, "metrics, if integrated")."""

import json
import math
from collections.abc import Callable

import anyio
import httpx
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import get
from sentinel.core.policy import Prometheus
from sentinel.core.verification import Sample

QUERY_SECONDS = 5.0


async def read_metrics(
    client: httpx.AsyncClient,
    rules: Prometheus,
    offset: Callable[[], float],
    send: MemoryObjectSendStream[Sample],
) -> None:
    """A reading every interval; one that cannot be had is our blindness, not the service's failure."""
    while True:
        await send.send(await _reading(client, rules, offset()))
        await anyio.sleep(rules.interval.total_seconds())


async def _reading(client: httpx.AsyncClient, rules: Prometheus, at: float) -> Sample:
    try:
        error_rate = await query(client, rules.url, rules.error_rate)
        latency_s = await query(client, rules.url, rules.latency)
    except ValueError as error:
        return Sample(at=at, kind="metric", ok=False, fault="prober", reason=f"Prometheus {error}")
    return Sample(at=at, kind="metric", error_rate=error_rate, latency_ms=latency_s * 1000)


async def query(client: httpx.AsyncClient, url: str, promql: str) -> float:
    """The value of an instant query: a scalar, or a vector of one element. Raises ValueError."""
    reply = await get(client, f"{url}/api/v1/query", QUERY_SECONDS, {"query": promql})
    if reply.status != 200:
        raise ValueError(reply.reason)
    try:
        data = json.loads(reply.body)["data"]
        result = data["result"]
        if data["resultType"] != "scalar":
            (element,) = result
            result = element["value"]
        value = float(result[1])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise ValueError("did not answer with one number") from None
    if not math.isfinite(value):
        raise ValueError(f"answered {value}")
    return value
