"""The computed list of tools: by the persisted state, the same for every client, in both modes."""

import asyncio
import re

import pytest
from mcp import Client

from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import confirm, governed, history
from tests.protocol.small import Small
from tests.protocol.test_soak import Listener

TOOLS = [
    "release_status",
    "start_sprint",
    "run_tests",
    "prepare_release",
    "deploy",
    "emergency_rollback",
    "abandon_release",
    "preview_release",
    "hold_release",
]
SECONDS = 60.0


async def same(first: Client, second: Client) -> list[str]:
    """What both clients are shown."""
    lists = [(await client.list_tools(cache_mode="bypass")).tools for client in (first, second)]
    assert lists[0] == lists[1]
    return [tool.name for tool in lists[0]]


@pytest.mark.requirement("P5-dynamic", "P5-locked", "P5-tools", "P2-staging-first", "P1-privileged")
async def test_two_clients_of_one_project_see_the_same_tools_in_every_state(site: Installation, small: Small) -> None:
    # An answer to a client that has not read a changed list again is held back for a moment.
    small.change_policy({"production.verification": {"window": "3s"}})
    small.commit("Verify for longer")
    async with governed(site, era="2025") as old, site.client("2026") as new:
        assert await same(old, new) == agent.IDLE
        await agent.good(old, "start_sprint", name="One")
        assert await same(old, new) == [
            "release_status",
            "run_tests",
            "prepare_release",
            "preview_release",
            "hold_release",
        ]
        await agent.to_candidate(new)
        assert await same(old, new) == ["release_status", "deploy", "abandon_release", "hold_release"]
        assert await agent.targets(old) == ["staging"]
        await agent.good(old, "deploy", target="staging")
        await agent.until_unlocked(old, "production")
        assert await same(old, new) == ["release_status", "deploy", "abandon_release", "hold_release"]
        await agent.good(new, "deploy", target="production", version="v0.1.0")
        assert await same(old, new) == ["release_status", "abandon_release", "hold_release"]
        confirm(site)
        await agent.until_busy(old, "VERIFYING")
        assert await same(old, new) == ["release_status", "hold_release"]
        await agent.until_state(old, "IDLE")
        assert await same(old, new) == agent.IDLE


@pytest.mark.requirement("P5-tools", "P5-locked")
@pytest.mark.both_eras
async def test_a_client_that_keeps_the_first_list_is_shown_every_tool_by_a_definition_that_stays_true(
    site: Installation, small: Small, era: str
) -> None:
    small.change_policy({"staging": {"soak": "10m"}})
    small.commit("Soak")
    site.pin()
    async with site.client(era, "--locked-tools=reject") as client:
        first = (await client.list_tools(cache_mode="bypass")).tools
        assert [tool.name for tool in first] == TOOLS
        deploy = first[TOOLS.index("deploy")]
        assert deploy.input_schema["properties"]["target"]["enum"] == ["staging", "production"]
        assert "may be locked: the call says why" in (deploy.description or "")
        refused = await agent.call(client, "prepare_release", type="minor")
        assert refused.is_error
        assert agent.sentence(refused) == "This is allowed in state ACTIVE; the state is IDLE."
        assert 'Next: Call `start_sprint(name="…")`.' in agent.text(refused)
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        early = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert agent.sentence(early).startswith("Soak Time Violation. Production unlock in ")
        assert (await client.list_tools(cache_mode="bypass")).tools == first


@pytest.mark.requirement("P5-dynamic")
async def test_the_tool_that_the_next_step_names_is_never_announced_as_gone(
    site: Installation, small: Small, era: str
) -> None:
    """Operations of a sprint leave its list alone, so that a client that reads it again finds the same tools."""
    gate = small.marks.with_suffix(".gate")
    small.change_policy({"tests": {"command": f"while ! test -e {gate}; do sleep 0.05; done"}})
    small.commit("Wait for the gate")
    async with governed(site, era=era) as client, site.client("2026") as other:
        await agent.good(client, "start_sprint", name="One")
        sprint = agent.SPRINT
        assert await agent.names(client) == sprint
        blocked = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(blocked) == "Release Blocked. You have No Test Run."
        assert await agent.names(client) == sprint
        tests = asyncio.create_task(agent.call(client, "run_tests"))
        await until(lambda: started(site, "tests") == 1, SECONDS)
        while "abandon_release" not in (listed := await agent.names(other)):
            assert listed == sprint
        assert sorted(listed) == sorted([*sprint, "abandon_release"])
        gate.touch()
        assert not (await tests).is_error
        assert await agent.names(client) == sprint


@pytest.mark.requirement("P5-dynamic")
async def test_an_operation_that_lasts_is_announced_by_the_clock_to_a_client_that_only_listens(
    site: Installation, small: Small, era: str
) -> None:
    gate = small.marks.with_suffix(".gate")
    small.change_policy({"tests": {"command": f"while ! test -e {gate}; do sleep 0.05; done"}})
    small.commit("Wait for the gate")
    listener = Listener()
    async with (
        asyncio.timeout(SECONDS),
        governed(site) as client,
        site.client(era, message_handler=listener if era == "2025" else None) as idle,
        asyncio.TaskGroup() as tasks,
    ):
        await agent.good(client, "start_sprint", name="One")
        ready = asyncio.Event()
        listening = tasks.create_task(listener.listen(idle, ready)) if era == "2026" else None
        if listening is not None:
            await ready.wait()
        running = tasks.create_task(agent.good(client, "run_tests"))
        while True:
            listener.told.clear()
            if "abandon_release" in await agent.names(idle):
                break
            await listener.told.wait()
        gate.touch()
        await running
        if listening is not None:
            listening.cancel()


async def test_a_hidden_tool_is_refused_all_the_same(site: Installation) -> None:
    async with governed(site) as client:
        refused = await agent.call(client, "deploy", target="staging")
        assert refused.is_error
        assert agent.sentence(refused) == "This is allowed in state RELEASE_CANDIDATE or SOAKING; the state is IDLE."


def started(site: Installation, kind: str) -> int:
    """How many operations of `kind` were begun."""
    return sum(entry["summary"] == f"{kind} started" for entry in history(site))


async def test_identical_calls_at_once_follow_one_operation(site: Installation, small: Small) -> None:
    async with governed(site, era="2025") as first, site.client("2026") as second:
        await agent.good(first, "start_sprint", name="One")
        await asyncio.gather(*(agent.good(client, "run_tests") for client in (first, second)))
        prepared = await asyncio.gather(*(agent.good(c, "prepare_release", type="minor") for c in (first, second)))
        assert agent.sentence(prepared[0]) == agent.sentence(prepared[1])
        staged = await asyncio.gather(*(agent.good(client, "deploy", target="staging") for client in (first, second)))
        assert agent.sentence(staged[0]) == agent.sentence(staged[1])
        await agent.until_unlocked(first, "production")
        asked = await asyncio.gather(
            *(agent.good(client, "deploy", target="production", version="v0.1.0") for client in (first, second))
        )
        assert {agent.structured(answer)["approval"]["id"] for answer in asked} == {
            (await agent.state(first))["approval"]["id"]
        }
    assert [started(site, kind) for kind in ("tests", "prepare", "promotion")] == [1, 1, 1]
    assert small.marked() == ["tests ", "build 0.1.0", "staging 0.1.0", "smoke 0.1.0"]


async def test_of_two_different_calls_at_once_one_wins(site: Installation, small: Small) -> None:
    gate = small.marks.with_suffix(".gate")
    small.change_policy({"tests": {"command": f"while ! test -e {gate}; do sleep 0.05; done"}})
    small.commit("Wait for the gate")
    async with governed(site) as first, site.client("2026") as second:
        await agent.good(first, "start_sprint", name="One")
        tests = asyncio.create_task(agent.call(first, "run_tests"))
        await agent.until_busy(second, "ACTIVE")
        await until(lambda: started(site, "tests") == 1, SECONDS)
        refused = await agent.call(second, "prepare_release", type="minor")
        assert refused.is_error
        assert agent.sentence(refused) == "The operation tests is running."
        assert agent.structured(refused)["operation"]["kind"] == "tests"
        assert "Next: Follow the running operation with `release_status(wait_seconds=" in agent.text(refused)
        gate.touch()
        assert not (await tests).is_error


async def test_a_call_that_takes_long_tells_how_far_it_is(site: Installation, small: Small, era: str) -> None:
    gate = small.marks.with_suffix(".gate")
    small.change_policy({"tests": {"command": f"while ! test -e {gate}; do sleep 0.05; done"}})
    commit = small.commit("Wait for the gate")
    told: list[str | None] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        assert (progress, total) == (len(told) + 1, None)
        told.append(message)
        if message == "ACTIVE: tests is running, at tests.":
            gate.touch()

    async with governed(site, era=era) as client:
        await agent.good(client, "start_sprint", name="One")
        tested = await client.call_tool("run_tests", {}, progress_callback=tell)
        passed = rf"The tests passed on {commit[:12]} \(\d+ s\)\. They count for 15 min\."
        assert re.fullmatch(passed, agent.sentence(tested))
    assert "ACTIVE: tests is running, at tests." in told


async def test_a_long_poll_answers_as_soon_as_something_changes(site: Installation, era: str) -> None:
    async with governed(site, era=era) as waiting, site.client("2026") as other:
        await agent.state(waiting)
        async with asyncio.timeout(40):
            poll = asyncio.create_task(agent.call(waiting, "release_status", wait_seconds=50))
            await agent.good(other, "start_sprint", name="One")
            assert agent.structured(await poll)["sprint"] == "One"


async def test_a_client_that_leaves_in_the_middle_stops_nothing(site: Installation, small: Small) -> None:
    gate = small.marks.with_suffix(".gate")
    small.script("staging", f"while ! test -e {gate}; do sleep 0.05; done")
    small.commit("Wait for the gate")
    async with governed(site) as client:
        async with site.client("2025") as leaving:
            await agent.to_candidate(leaving)
            call = asyncio.create_task(agent.call(leaving, "deploy", target="staging"))
            await agent.until_busy(client, "STAGING")
            call.cancel()
        gate.touch()
        found = await agent.until_state(client, "SOAKING", "RELEASE_CANDIDATE")
        assert found["state"] == "SOAKING"
    assert small.marked().count("staging 0.1.0") == 1
