"""Prometheus: error rate and latency by the policy's own queries (protocol 4.1, "metrics, if integrated")."""

import json
import math
from collections.abc import Callable
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from sentinel.adapters.http.client import Client
from sentinel.core.policy import Prometheus
from sentinel.core.verification import Sample

QUERY_SECONDS = 5.0


async def read_metrics(
    client: Client, rules: Prometheus, offset: Callable[[], float], send: MemoryObjectSendStream[Sample]
) -> None:
    """A reading every interval, the latency in seconds as is Prometheus' custom.

    One that cannot be had, or is not a number for want of traffic, is our blindness and not the service's failure.
    """
    due = anyio.current_time()
    while True:
        await send.send(await _reading(client, rules, offset))
        due = max(due + rules.interval.total_seconds(), anyio.current_time())
        await anyio.sleep_until(due)


async def _reading(client: Client, rules: Prometheus, offset: Callable[[], float]) -> Sample:
    try:
        error_rate = await query(client, rules.url, rules.error_rate)
        latency_s = await query(client, rules.url, rules.latency)
    except ValueError as error:
        return Sample(at=offset(), kind="metric", ok=False, fault="prober", reason=f"Prometheus {error}")
    return Sample(at=offset(), kind="metric", error_rate=error_rate, latency_ms=latency_s * 1000)


async def query(client: Client, url: str, promql: str) -> float:
    """The value of an instant query, which must be a scalar or a vector of one element.

    Raises ValueError, whose text says what Prometheus did instead.
    """
    reply = await client.get(f"{url}/api/v1/query", seconds=QUERY_SECONDS, params={"query": promql})
    if reply.status != 200:
        raise ValueError(reply.reason)
    try:
        value = _number(json.loads(reply.body)["data"])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise ValueError("did not answer with one number") from None
    if not math.isfinite(value):
        raise ValueError(f"answered {value}")
    return value


def _number(data: Any) -> float:
    """The number in a result, `[time, "number"]`: a scalar, or the value of a vector's one element."""
    result = data["result"]
    if data["resultType"] == "vector":
        (element,) = result
        result = element["value"]
    return float(str(result[1]))
