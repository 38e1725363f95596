"""Verification of what runs in production (protocol 4.1): by probes and by metrics, passed, failed and blind."""

import os
import signal

import pytest

from tests.adapters.http_services import Behaviour, after, answers, hangs, in_turn, nobody, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import (
    SLOW_S,
    Live,
    governed,
    notify,
    release,
    samples,
    service,
    summaries,
    to_approved,
    told,
)
from tests.protocol.shop import Shop

PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
FAILING = ["shop: a deployment waits for approval", PDV_FAILURE, "shop: rolled back"]
SECONDS = 60.0
pytestmark = pytest.mark.timeout(300)


@pytest.mark.requirement(
    "P4-unfinished", "P4.1-monitor", "P4.1-error-rate", "P4.1-rollback", "P4.1-notification", "P4.2-archived"
)
async def test_a_release_that_fails_its_visitors_is_rolled_back_by_itself_and_people_are_told(
    installation: Installation, shop: Shop
) -> None:
    shop.edit("sentinel.toml", {"rate = 50": "rate = 20"})
    shop.finish_sprint()
    with service(answers()) as inbox, service(hangs) as hanging:
        notify(installation, nobody(), hanging.url, inbox.url)
        async with governed(installation) as client:
            passed = await release(client, installation)
            assert passed["state"] == "IDLE", passed
            assert "(decided by: whole window)" in passed["message"]
            assert "(decided by: whole window)" in summaries(installation, "verification passed")[0]
            assert len(samples(installation)) > 20

            shop.put_on_sale("0.1.0")
            failed = await release(client, installation)
            assert failed["state"] == "ACTIVE", failed
            assert failed["production"]["version"] == "0.1.0"
            assert PDV_FAILURE in failed["message"]
            assert "(decided by: error rate, sequential test)" in failed["message"]
            heading, said = summaries(installation, "rollback passed")[-1].split("\n", 1)
            assert (heading, failed["message"]) == (PDV_FAILURE, f"{PDV_FAILURE}\nACTIVE. {said}")
            assert "Verified after the rollback: 0 of " in said
            assert shop.version_in("production") == "0.1.0"
            blocked = await agent.call(client, "prepare_release", type="minor")
            assert agent.sentence(blocked) == "Release Blocked. You have No Test Run."

            shop.git("revert", "--no-edit", "HEAD")
            shop.edit("CHANGELOG.md", {"### Added\n": "### Added\n\n- Gift cards.\n"})
            shop.commit("Sell gift cards")
            await to_approved(client, installation)
            await agent.until_busy(client, "VERIFYING")
            os.kill(int((shop.run / "production" / "pid").read_text()), signal.SIGKILL)
            failed = await agent.until_state(client, "ACTIVE", "IDLE", "HALTED")
            assert failed["state"] == "ACTIVE", failed
            assert "refused the connection" in failed["message"]
            assert shop.version_in("production") == "0.1.0"
            expected = ["shop: a deployment waits for approval", "shop: released", *(2 * FAILING)]
            await until(lambda: told(inbox) == expected, SECONDS)


@pytest.mark.requirement("P4.1-latency", "P4.1-rollback")
async def test_slow_answers_take_production_back(site: Installation, live: Live) -> None:
    live.small.change_policy({"production.verification": {"probe": {"rate": 50}}})
    live.small.commit("Look often enough to decide before the window ends")
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "A slow search.")
        right = answers(200, b"0.2.0")
        live.faults["0.2.0"] = in_turn(right, right, after(SLOW_S + 0.2, right))  # healthy, with the right version
        failed = await release(client, site)
        assert failed["state"] == "ACTIVE", failed
        assert PDV_FAILURE in failed["message"]
        assert "answers were slow" in failed["message"]
        assert "(decided by: latency, sequential test)" in failed["message"]
        assert live.version() == failed["production"]["version"] == "0.1.0"


@pytest.mark.requirement("P4.1-monitor", "P4.1-error-rate")
async def test_metrics_take_production_back_and_their_absence_is_never_a_pass(own: Installation, live: Live) -> None:
    with service(reading("0.001")) as prometheus, service(answers()) as inbox:
        notify(own, inbox.url)
        metrics = {"url": prometheus.url, "error_rate": "errors", "latency": "p95", "interval": "200ms"}
        rules = {"prometheus": metrics, "latency": "1s", "probe": {"rate": 5}}
        live.small.change_policy({"production.verification": rules})
        live.small.commit("Verify by metrics")
        async with governed(own) as client:
            passed = await release(client, own)
            assert passed["state"] == "IDLE", passed
            assert "readings of metrics (decided by: whole window)" in passed["message"]
            assert {request.target.partition("=")[2] for request in prometheus.requests} == {"errors", "p95"}

            live.small.next_changes("0.1.0", "A search.")
            prometheus.behaviour = reading("0.2")
            failed = await release(client, own)
            assert failed["state"] == "ACTIVE", failed
            assert "20 % errors, limit 1 %" in failed["message"]
            assert "(decided by: error rate, metrics)" in failed["message"]
            assert live.version() == "0.1.0"

            live.small.next_changes("0.2.0", "A better search.")
            await to_approved(client, own)
            prometheus.behaviour = answers(503)
            blind = await agent.until_state(client, "ACTIVE", "IDLE", "HALTED")
            assert blind["state"] == "HALTED", blind
            assert "Prometheus answered 503" in blind["message"]
            assert "(decided by: blindness)" in blind["message"]
            assert blind["production"]["version"] == "0.1.0"
            assert live.version() == "0.3.0"
            await until(lambda: "Small: HALTED, a person must look at production" in told(inbox), SECONDS)


def reading(value: str) -> Behaviour:
    """Prometheus, whose every query has this value."""
    return answers(
        200, f'{{"status": "success", "data": {{"resultType": "scalar", "result": [0, "{value}"]}}}}'.encode()
    )
