"""A candidate whose policy was corrected and trusted after it was prepared: it is abandoned and prepared again."""

import asyncio
import re
from typing import Any

import pytest
from mcp import Client

from sentinel.core.release.holding import OLDER_POLICY
from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import Behaviour, Service, answers
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

STEPS = 6


def only(service: Service, target: str) -> Behaviour:
    """Nothing else is found there."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        await answers(200 if service.requests[-1].target == target else 404)(writer)

    return behave


CALL = re.compile(r"`(\w+)(?:\(([^)`]*)\))?`")


async def follow(client: Client, found: dict[str, Any]) -> dict[str, Any]:
    """Does what the first next step says, and is not refused."""
    name, given = next(call.groups() for call in CALL.finditer(found["next"][0]))
    arguments = dict(re.findall(r'(\w+)="([^"]*)"', given or ""))
    if name == "run_tests":
        await agent.good(client, "run_tests")
        name, arguments = "prepare_release", {"type": "minor"}
    answer = await agent.call(client, name, **{key: value.replace("…", "over") for key, value in arguments.items()})
    assert not answer.is_error, (found["next"], agent.text(answer))
    return await agent.state(client)


async def follow_until_soaking(client: Client) -> None:
    found = await agent.state(client)
    for _ in range(STEPS):
        found = await follow(client, found)
        if found["state"] == "SOAKING":
            return
    raise AssertionError(found)


async def refused(client: Client, target: str) -> str:
    arguments = {"version": "v0.1.0"} if target == "production" else {}
    answer = await agent.call(client, "deploy", target=target, **arguments)
    assert answer.is_error
    return agent.sentence(answer)


@pytest.mark.parametrize("reach", [agent.to_candidate, agent.to_soaked], ids=["candidate", "soaked"])
async def test_a_corrected_script_is_staged_after_the_candidate_is_prepared_again(
    site: Installation, small: Small, reach: Any
) -> None:
    async with governed(site) as client:
        await reach(client)
        small.script("staging", f"echo corrected >>{small.marks}")
        small.commit("Correct the staging script")
        site.pin()
        for target in ("staging", "production"):
            assert await refused(client, target) == OLDER_POLICY
        found = await agent.state(client)
        assert found["next"][0].startswith(f"{OLDER_POLICY} Call `abandon_release(")
        assert f"Next: {OLDER_POLICY}" in site.run("status").out
        marks = small.marked()
        await follow_until_soaking(client)
        assert "corrected" in small.marked()[len(marks) :]


async def test_a_wrong_health_path_is_corrected_and_the_next_steps_lead_on(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"health": "/nowhere", "health_timeout": "1s"}})
    small.commit("Ask the wrong path")
    small.staging.behaviour = only(small.staging, "/healthz")
    async with governed(site) as client:
        await agent.to_candidate(client)
        failed = await agent.call(client, "deploy", target="staging")
        assert failed.is_error
        small.change_policy({"staging": {"health": "/healthz", "health_timeout": "10s"}})
        small.commit("Ask the right path")
        site.pin()
        assert await refused(client, "staging") == OLDER_POLICY
        await follow_until_soaking(client)


async def test_nobody_is_asked_to_approve_what_would_be_refused(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        small.script("production", "echo corrected")
        small.commit("Correct the production script")
        site.pin()
        assert (await agent.state(client))["next"][0].startswith(OLDER_POLICY)
        with pytest.raises(ReportedError, match=OLDER_POLICY):
            site.operator.ask("question")
        shown = site.approve()
        assert (shown.code, "DEFCON" in shown.out, OLDER_POLICY in shown.out) == (1, False, True)
        await follow_until_soaking(client)
    assert "production 0.1.0" not in small.marked()


async def test_a_trust_that_changes_nothing_for_the_candidate_leaves_it_as_it_is(
    site: Installation, small: Small
) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        small.write("notes.txt", "Something else")
        small.commit("Add notes")
        site.pin()
        await agent.good(client, "deploy", target="staging")
