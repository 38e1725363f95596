"""Metrics come from Prometheus' instant queries; what is not one number is our blindness."""

import json
import time
from contextlib import aclosing

import pytest

from sentinel.adapters.http.client import Client
from sentinel.adapters.http.services import HttpServices, Metrics
from sentinel.core.policy.model import Prometheus
from sentinel.core.verification.prometheus import Reading
from sentinel.core.verification.sequential_test import Sample
from tests.adapters.http_services import Service, answers, hangs, in_turn, nobody, policy_for, serve


def result(kind: str, value: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": value}}).encode()


def vector(*values: str) -> bytes:
    return result("vector", [{"metric": {}, "value": [1700000000.1, value]} for value in values])


async def ask(service: Service, **headers: str) -> Reading:
    rules = Prometheus(url=service.url, error_rate='sum(rate(errors{job="shop"}[1m]))', latency="p95")
    async with Client() as client:
        return (await Metrics(client, rules, headers).read())[0]


@pytest.mark.parametrize("body", [vector("0.25"), result("scalar", [1700000000.1, "0.25"])])
async def test_a_scalar_and_a_vector_of_one_are_a_number(body: bytes) -> None:
    async with serve(answers(200, body)) as service:
        assert (await ask(service)).value == 0.25
    assert service.requests[0].target.startswith("/api/v1/query?query=sum%28rate")


NO_NUMBERS = "was not answered with numbers"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (vector(), "has no series"),
        (vector("1", "2"), "has 2 series, and one is needed"),
        (vector("NaN"), "is NaN, as for a division by zero"),
        (vector("+Inf"), "is inf"),
        (vector("many"), NO_NUMBERS),
        (result("matrix", [{"metric": {}, "values": [[1, "1"]]}]), NO_NUMBERS),
        (result("string", [1, "1"]), NO_NUMBERS),
        (result("vector", {"value": 1}), NO_NUMBERS),
        (b'{"data": null}', NO_NUMBERS),
        (b"[" * 60_000, NO_NUMBERS),
        (b"<html>", NO_NUMBERS),
    ],
)
async def test_anything_else_is_no_number_and_says_what_to_write(body: bytes, problem: str) -> None:
    async with serve(answers(200, body)) as service:
        reading = await ask(service)
    assert (reading.value, reading.problem) == (None, problem)
    assert reading.fix


PARSE = b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected end of input\\ninside braces"}'


@pytest.mark.parametrize(
    ("status", "body", "problem", "fix"),
    [
        (400, PARSE, "answered 400, parse error: unexpected end of input inside braces", "Correct the query."),
        (
            422,
            b'{"error": "\\u001b[2J too many samples"}',
            r"answered 422, \x1b[2J too many samples",
            "Correct the query.",
        ),
        (401, b"Unauthorized", "answered 401", "Name a secret of daemon.toml as `login`"),
        (403, b"<html>", "answered 403", "Name a secret of daemon.toml as `login`"),
        (302, b"", "redirected with 302, and redirects are not followed", "Start Prometheus, or correct its `url`."),
        (503, b'{"error": 7}', "answered 503", "Start Prometheus, or correct its `url`."),
    ],
)
async def test_a_refusal_is_told_in_the_words_of_prometheus(status: int, body: bytes, problem: str, fix: str) -> None:
    async with serve(answers(status, body)) as service:
        reading = await ask(service)
    assert reading.problem == f"cannot be asked: Prometheus {problem}"
    assert reading.fix.startswith(fix)


async def test_nobody_listening_is_said() -> None:
    reading = await ask(Service(answers(), url=nobody()))
    assert reading.problem == "cannot be asked: Prometheus refused the connection"


async def test_a_login_is_sent_with_every_query() -> None:
    async with serve(answers(200, vector("1"))) as service:
        await ask(service, Authorization="Bearer of news")
    assert [request.headers["authorization"] for request in service.requests] == ["Bearer of news"] * 2


async def test_no_series_of_errors_are_no_errors_and_other_gaps_are_blindness() -> None:
    bodies = (vector(), vector("0.1"), vector("0.1"), vector(), vector("NaN"), vector("0.1"))
    async with serve(in_turn(*(answers(200, body) for body in bodies), hangs)) as prometheus:
        samples = await metrics_of(prometheus.url, 3)
    assert [(sample.error_rate, sample.latency_ms, sample.ok) for sample in samples] == [
        (0.0, 100, True),
        (None, None, False),
        (None, None, False),
    ]
    assert [sample.reason for sample in samples[1:]] == [
        "latency has no series",
        "error_rate is NaN, as for a division by zero",
    ]


async def metrics_of(url: str, count: int) -> list[Sample]:
    began = time.monotonic()
    readings: list[Sample] = []
    rules = {"url": url, "error_rate": "errors", "latency": "latency", "interval": "50ms"}
    policy = policy_for(nobody(), prometheus=rules)
    async with aclosing(HttpServices(str).observe(policy, lambda: time.monotonic() - began)) as batches:
        async for batch in batches:
            readings += [sample for sample in batch if sample.kind == "metric"]
            if len(readings) >= count:
                break
    return readings[:count]


async def test_readings_come_among_the_probes_and_a_failed_one_is_the_probers_fault() -> None:
    bodies = in_turn(answers(200, vector("0.02")), answers(200, vector("0.75")), answers(500))
    async with serve(bodies) as prometheus:
        readings = await metrics_of(prometheus.url, 2)
    assert (readings[0].error_rate, readings[0].latency_ms, readings[0].fault) == (0.02, 750, "none")
    assert (readings[1].fault, readings[1].reason) == ("prober", "error_rate cannot be asked: Prometheus answered 500")
