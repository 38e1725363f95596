"""Metrics come from Prometheus' instant queries; what is not one number is our blindness."""

import json
import time
from contextlib import aclosing

import pytest

from sentinel.adapters.http.client import Client
from sentinel.adapters.http.metrics import query
from sentinel.adapters.http.services import HttpServices
from tests.adapters.http_services import answers, in_turn, nobody, policy_for, serve


def result(kind: str, value: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": value}}).encode()


def vector(*values: str) -> bytes:
    return result("vector", [{"metric": {}, "value": [1700000000.1, value]} for value in values])


@pytest.mark.parametrize("body", [vector("0.25"), result("scalar", [1700000000.1, "0.25"])])
async def test_a_scalar_and_a_vector_of_one_are_a_number(body: bytes) -> None:
    async with serve(answers(200, body)) as service, Client() as client:
        assert await query(client, service.url, 'sum(rate(errors{job="shop"}[1m]))') == 0.25
    assert service.requests[0].target.startswith("/api/v1/query?query=sum%28rate")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (vector(), "did not answer with one number"),
        (vector("1", "2"), "did not answer with one number"),
        (vector("NaN"), "answered nan"),
        (vector("+Inf"), "answered inf"),
        (vector("many"), "did not answer with one number"),
        (result("matrix", [{"metric": {}, "values": [[1, "1"]]}]), "did not answer with one number"),
        (result("vector", {"value": 1}), "did not answer with one number"),
        (b'{"data": null}', "did not answer with one number"),
        (b"[" * 60_000, "did not answer with one number"),
        (b"<html>", "did not answer with one number"),
    ],
)
async def test_anything_else_is_no_number(body: bytes, said: str) -> None:
    async with serve(answers(200, body)) as service, Client() as client:
        with pytest.raises(ValueError, match=f"^{said}$"):
            await query(client, service.url, "up")


async def test_an_error_of_prometheus_is_named() -> None:
    async with serve(answers(422, b'{"status":"error"}')) as service, Client() as client:
        with pytest.raises(ValueError, match=r"^answered 422$"):
            await query(client, service.url, "up{")


async def test_readings_come_among_the_probes_and_a_failed_one_is_the_probers_fault() -> None:
    began = time.monotonic()
    readings = []
    bodies = in_turn(answers(200, vector("0.02")), answers(200, vector("0.75")), answers(500))
    async with serve(bodies) as prometheus:
        rules = {"url": prometheus.url, "error_rate": "errors", "latency": "latency", "interval": "100ms"}
        policy = policy_for(nobody(), prometheus=rules)
        async with aclosing(HttpServices(str).observe(policy, lambda: time.monotonic() - began)) as batches:
            async for batch in batches:
                readings += [sample for sample in batch if sample.kind == "metric"]
                if len(readings) >= 2:
                    break
    assert (readings[0].error_rate, readings[0].latency_ms, readings[0].fault) == (0.02, 750, "none")
    assert (readings[1].fault, readings[1].reason) == ("prober", "Prometheus answered 500")
