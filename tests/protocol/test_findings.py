"""Findings of Sentinel's own events (issue 2): what is low, what is high, and what is none."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small


@pytest.mark.requirement("P1.1-audit")
async def test_three_calls_of_the_locked_production_within_a_minute_are_high(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        for severities in (["low"], ["low", "low"], ["low", "low", "high"]):
            early = await agent.call(client, "deploy", target="production", version="v0.1.0")
            assert early.is_error
            found = site.operator.ask("findings", open_only=True)
            assert [one["finding"]["severity"] for one in found] == severities
            assert found[-1]["finding"]["rule"] == "locked-production-deploy"
        await agent.good(client, "abandon_release", reason="Too eager")
        again = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(again) == "Release Blocked. You have 1 Unresolved High Severity Audit Log."
        assert "Open findings: 3 (" in site.run("status").out


async def test_a_locked_call_of_another_tool_is_no_finding(site: Installation) -> None:
    async with governed(site) as client:
        for _ in range(3):
            assert (await agent.call(client, "prepare_release", type="minor")).is_error
            assert (await agent.call(client, "deploy", target="staging")).is_error
    assert site.operator.ask("findings", open_only=False) == []
