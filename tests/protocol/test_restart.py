"""The daemon ends in the middle of a release, politely or not: the next one goes on, and nothing runs twice."""

import json
import os
import signal
import time
from datetime import datetime

import pytest

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, confirm, governed, history, release, samples, to_approved

SECONDS = 60.0
WINDOW_S = 2.0


@pytest.mark.requirement("P5-dynamic", "P2.2-timer")
async def test_a_release_goes_on_wherever_the_daemon_ended(own: Installation, live: Live) -> None:
    hold, started = live.file("hold"), live.file("started")
    live.script("production", f"touch {started}; while test -e {hold}; do sleep 0.05; done")
    rules = {"staging": {"soak": "3s"}, "production.verification": {"window": f"{WINDOW_S:g}s", "probe": {"rate": 20}}}
    live.small.change_policy(rules)
    live.small.commit("Take time")
    hold.touch()
    async with governed(own) as client:
        await agent.to_candidate(client)
        staged = await agent.good(client, "deploy", target="staging")
    end(own, signal.SIGKILL)
    async with own.client("2026") as client:
        found = await agent.state(client)
        assert found["state"] == "SOAKING"
        assert found["release"]["soak_until"] == agent.structured(staged)["release"]["soak_until"]
        await agent.until_unlocked(client, "production")
        await agent.good(client, "deploy", target="production", version="v0.1.0")
    end(own, signal.SIGTERM)
    assert own.approve().code == 0
    await until(started.exists, SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        end(own, number)
        async with own.client("2026") as client:
            found = await agent.state(client)
            assert (found["state"], found["operation"]["step"]) == ("DEPLOYING", "production")
    end(own, signal.SIGKILL)
    hold.unlink()
    await until(live.running.exists, SECONDS)
    async with own.client("2026") as client:
        await agent.until_busy(client, "VERIFYING")
        await until(lambda: len(samples(own)) > 0, SECONDS)
    end(own, signal.SIGKILL)
    async with own.client("2026") as client:
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert (found["state"], found["production"]["version"]) == ("IDLE", "0.1.0"), found
    assert live.small.marked() == ["tests ", "build 0.1.0", "staging 0.1.0", "smoke 0.1.0", "production 0.1.0"]
    assert own.run("audit", "verify").code == 0
    assert _seen_s(own) >= WINDOW_S
