"""Prometheus is asked before a person is: a query that cannot work halts no release in production."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.adapters.http_services import Behaviour, Service, answers
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, release, service
from tests.protocol.small import Small


def vector(*values: str) -> bytes:
    series = [{"metric": {}, "value": [1700000000.1, value]} for value in values]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": series}}).encode()


GOOD = answers(200, vector("0.001"))
PARSE = b'{"status":"error","errorType":"bad_data","error":"1:5: parse error: unexpected end of input"}'


@pytest.fixture
def prometheus() -> Iterator[Service]:
    with service(GOOD) as running:
        yield running


def by_query(prometheus: Service, errors: Behaviour, latency: Behaviour) -> None:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await (errors if "query=errors" in prometheus.requests[-1].target else latency)(writer)

    prometheus.behaviour = behave


def watch(small: Small, prometheus: Service) -> None:
    small.change_policy(
        {
            "production.verification.prometheus": {
                "url": prometheus.url,
                "error_rate": "errors",
                "latency": "latency",
                "interval": "100ms",
            }
        }
    )
    small.commit("Watch Prometheus")


FAULTS = {
    "a typo": (
        answers(400, PARSE),
        "The query error_rate cannot be asked: Prometheus answered 400, 1:5: parse error: unexpected end of input. "
        "Correct the query.",
    ),
    "a login": (
        answers(401, b"Unauthorized"),
        "The query error_rate cannot be asked: Prometheus answered 401. Name a secret of daemon.toml as `login`",
    ),
    "two series": (
        answers(200, vector("1", "2")),
        "The query error_rate has 2 series, and one is needed. Put `sum(…)` or `max(…)` around it.",
    ),
}


@pytest.mark.parametrize(("answer", "said"), FAULTS.values(), ids=FAULTS)
async def test_a_query_that_cannot_work_is_refused_before_a_person_is_asked(
    site: Installation, small: Small, prometheus: Service, answer: Behaviour, said: str
) -> None:
    watch(small, prometheus)
    async with governed(site) as client:
        await agent.to_soaked(client)
        by_query(prometheus, answer, GOOD)
        asked = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.structured(asked)["state"] == "SOAKING"
        assert said in agent.text(asked)
        doctor = site.run("doctor")
        assert doctor.code == 2
        assert f"FAIL prometheus: {said.removeprefix('The query ')}" in doctor.out
        prometheus.behaviour = GOOD
        await agent.good(client, "deploy", target="production", version="v0.1.0")
    assert "ok   prometheus: error_rate is 0.001." in site.run("doctor").out


async def test_no_series_of_errors_is_a_healthy_release(site: Installation, live: Live, prometheus: Service) -> None:
    watch(live.small, prometheus)
    by_query(prometheus, answers(200, vector()), GOOD)
    async with governed(site) as client:
        released = await release(client, site)
        assert released["state"] == "IDLE", released
        live.small.next_changes("0.1.0", "A search.")
        site.pin()
        await agent.to_soaked(client)
        asked = await agent.good(client, "deploy", target="production", version="v0.2.0")
        said = "Prometheus: error_rate has no series; until it has one, there are no errors. Write `(…) or vector(0)`."
        assert said in agent.text(asked)


async def test_what_has_no_data_is_refused_once_something_is_in_production(
    site: Installation, live: Live, prometheus: Service
) -> None:
    watch(live.small, prometheus)
    no_data = "latency is NaN, as for a division by zero"
    async with governed(site) as client:
        await agent.to_soaked(client)
        by_query(prometheus, GOOD, answers(200, vector("NaN")))
        first = await agent.good(client, "deploy", target="production", version="v0.1.0")
        assert f"Prometheus: {no_data}; it is expected once there is traffic." in agent.text(first)
        prometheus.behaviour = GOOD
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A search.")
        site.pin()
        await agent.to_soaked(client)
        by_query(prometheus, GOOD, answers(200, vector("NaN")))
        second = await agent.call(client, "deploy", target="production", version="v0.2.0")
        assert f"The query {no_data}. Write `((…) >= 0) or vector(0)`." in agent.text(second)
        assert agent.structured(second)["state"] == "SOAKING"
