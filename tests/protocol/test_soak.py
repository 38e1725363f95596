"""The soak timer (protocol 2.2): the exact sentence, counting down, and the unlock that is pushed to clients."""

import asyncio
import re
from datetime import datetime

import pytest
from mcp import Client, types

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

SENTENCE = re.compile(r"Soak Time Violation\. Production unlock in ((?:\d+:)?\d\d:\d\d)\.")
SECONDS = 60.0


async def too_early(client: Client) -> str:
    """What is left of the soak, as the refusal of a production deployment says it."""
    refused = await agent.call(client, "deploy", target="production", version="v0.1.0")
    assert refused.is_error
    match = SENTENCE.fullmatch(agent.sentence(refused))
    assert match is not None, agent.text(refused)
    return match[1]


@pytest.mark.requirement("P2.2-message", "P2.2-timer", "P5-locked")
async def test_an_early_request_is_told_how_long_the_soak_takes_and_it_counts_down(
    site: Installation, small: Small, era: str
) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    async with governed(site, era=era) as client:
        await agent.to_candidate(client)
        staged = await agent.good(client, "deploy", target="staging")
        assert agent.sentence(staged) == "v0.1.0 is on staging and healthy. Production unlock in 10:00."
        first = await too_early(client)
        assert "08:00" < first <= "10:00"
        waited = await agent.call(client, "release_status", wait_seconds=1)
        assert re.fullmatch(
            r"SOAKING: v0\.1\.0 runs on staging\. Production unlocks in \d\d:\d\d\.", agent.sentence(waited)
        )
        assert "Violation" not in agent.text(waited)
        assert await too_early(client) < first
        assert await agent.targets(client) == ["staging"]
        (locked,) = [row for row in agent.structured(waited)["locked"] if row["target"] == "production"]
        assert 480 < locked["remaining_seconds"] <= 600
        assert locked["unlocks_at"] == agent.structured(waited)["release"]["soak_until"]


async def test_more_than_an_hour_is_written_with_its_hours(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "70m"}})
    small.commit("Soak long")
    async with governed(site) as client:
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        assert re.fullmatch(r"1:(10:00|0\d:\d\d)", await too_early(client))


class Listener:
    """A client that only listens for a changed list, as its era is told of it."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    async def __call__(self, message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self.told.set()

    async def listen(self, client: Client, ready: asyncio.Event) -> None:
        async with client.listen(tools_list_changed=True) as changes:
            ready.set()
            async for _ in changes:
                self.told.set()


@pytest.mark.requirement("P2.2-minimum", "P5-dynamic")
async def test_the_unlock_is_pushed_to_a_client_that_only_listens(site: Installation, small: Small, era: str) -> None:
    small.change_policy({"staging": {"soak": "3s"}})
    small.commit("Soak shortly")
    listener = Listener()
    async with (
        asyncio.timeout(SECONDS),
        governed(site) as client,
        site.client(era, message_handler=listener if era == "2025" else None) as idle,
        asyncio.TaskGroup() as tasks,
    ):
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        ready = asyncio.Event()
        listening = tasks.create_task(listener.listen(idle, ready)) if era == "2026" else None
        if listening is not None:
            await ready.wait()
        while True:
            listener.told.clear()
            if await agent.targets(idle) == ["staging", "production"]:
                break
            await listener.told.wait()
        if listening is not None:
            listening.cancel()


@pytest.mark.requirement("P2.2-timer")
async def test_staging_again_takes_back_the_soak(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_soaked(client)
        first = (await agent.state(client))["release"]["soak_until"]
        small.script("staging", "exit 1")
        await agent.good(client, "deploy", target="staging")
        second = (await agent.state(client))["release"]["soak_until"]
        assert datetime.fromisoformat(second) > datetime.fromisoformat(first)
        assert small.marked().count("staging 0.1.0") == 2
