"""A whole release, as an agent and a person make it: real git, scripts, services, relay and terminal."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.shop import Shop


@pytest.mark.requirement(
    "P1.1-trigger", "P2.1-script", "P2.1-health", "P2.1-smoke", "P3.1-tag", "P3.2-request", "P3.2-pause", "P4.2-sprint"
)
@pytest.mark.both_eras
async def test_an_agent_releases_through_the_gates(installation: Installation, shop: Shop, era: str) -> None:
    assert installation.trust().code == 0
    async with installation.client(era) as client:
        assert agent.sentence(await agent.call(client, "start_sprint", name="Opening")) == "Sprint Opening has started."
        blocked = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(blocked) == "Release Blocked. You have 1 Open Task and No Test Run."
        shop.finish_sprint()
        assert not (await agent.call(client, "run_tests")).is_error
        prepared = await agent.call(client, "prepare_release", type="minor")
        assert not prepared.is_error, agent.text(prepared)
        assert await agent.targets(client) == ["staging"]
        staged = await agent.call(client, "deploy", target="staging")
        assert not staged.is_error, agent.text(staged)
        assert shop.version_in("staging") == "0.1.0"
        early = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.sentence(early) == "Soak Time Violation. Production unlock in 00:01."
        await agent.until_unlocked(client, "production")
        asked = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert (asked.structured_content or {})["state"] == "AWAITING_APPROVAL", agent.text(asked)
        assert shop.version_in("production") == ""
        approved = installation.approve()
        assert approved.code == 0, approved.out
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert found["state"] == "IDLE", found
        assert found["production"]["version"] == "0.1.0"
        assert found["sprint"] is None
        assert shop.version_in("production") == "0.1.0"
        assert await agent.names(client) == agent.IDLE
