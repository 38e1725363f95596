"""Approval by elicitation, where the policy names it: a whole release, and every answer that is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from sentinel.launch.locations import agent_socket
from tests.adapters.http_services import until
from tests.front.mcp.raw import ENVELOPE, RawClient
from tests.protocol import agent
from tests.protocol.forms import Person
from tests.protocol.installation import Installation
from tests.protocol.releasing import confirm, governed
from tests.protocol.small import Small

PRODUCTION = {"target": "production", "version": "v0.1.0"}
CONFIRMS = {"confirmation": {"action": "accept", "content": {"confirmation": "DEPLOY-NOW"}}}
NOT_ASKED = "The answer to the elicitation was not accepted: nobody asked for it, or it came late or twice."


@pytest.fixture
def open_to_forms(small: Small) -> Small:
    small.change_policy({"production.approval": {"channels": ["terminal", "elicitation"]}})
    small.commit("Accept forms")
    return small


@asynccontextmanager
async def asking(site: Installation, era: str, person: Person) -> AsyncIterator[Client]:
    async with site.client(era, elicitation_callback=person) as client:
        site.pin()
        await agent.to_soaked(client)
        yield client


async def test_the_phrase_in_the_form_releases(site: Installation, open_to_forms: Small, era: str) -> None:
    person = Person("accept", "DEPLOY-NOW")
    async with asking(site, era, person) as client:
        released = await agent.call(client, "deploy", **PRODUCTION)
        assert not released.is_error, agent.text(released)
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert (found["state"], found["production"]["version"]) == ("IDLE", "0.1.0")
    (shown,) = person.shown
    first, heading, block = shown.split("\n\n")
    assert first.startswith(
        f"Small at {open_to_forms.git('rev-parse', 'HEAD')[:12]}: target: PRODUCTION, version: v0.1.0, "
    )
    assert first.endswith(". Type DEPLOY-NOW to confirm.")
    assert heading == f"Small ({open_to_forms.id}) at {open_to_forms.git('rev-parse', 'HEAD')}"
    assert block.startswith("[SENTINEL DEFCON 1]\ntarget: PRODUCTION\nversion: v0.1.0\nchanges: 7 files, +")
    assert block.endswith("\nCONFIRM DEPLOYMENT? (Type 'DEPLOY-NOW' to confirm):")
    assert "production 0.1.0" in open_to_forms.marked()


async def test_a_form_that_is_declined_decides_nothing(site: Installation, open_to_forms: Small, era: str) -> None:
    async with asking(site, era, Person("decline")) as client:
        asked = await agent.good(client, "deploy", **PRODUCTION)
        assert agent.sentence(asked).startswith("The form was not confirmed, which decides nothing")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        confirm(site)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert "production 0.1.0" in open_to_forms.marked()


async def test_a_wrong_phrase_in_the_form_spends_the_approval(
    site: Installation, open_to_forms: Small, era: str
) -> None:
    async with asking(site, era, Person("accept", "deploy-now")) as client:
        refused = await agent.call(client, "deploy", **PRODUCTION)
        assert refused.is_error
        assert agent.sentence(refused) == "Not confirmed: only the exact phrase DEPLOY-NOW approves."
        assert (await agent.state(client))["state"] == "SOAKING"
    assert "production 0.1.0" not in open_to_forms.marked()
    assert site.operator.ask("findings", open_only=False) == []


async def test_no_form_is_shown_where_the_policy_does_not_name_the_channel(site: Installation, era: str) -> None:
    person = Person("accept", "DEPLOY-NOW")
    async with asking(site, era, person) as client:
        asked = await agent.good(client, "deploy", **PRODUCTION)
        assert agent.structured(asked)["state"] == "AWAITING_APPROVAL"
    assert person.shown == []


async def raw_call(client: RawClient, **more: Any) -> Any:
    return (await client.call("tools/call", _meta=ENVELOPE, name="deploy", arguments=PRODUCTION, **more))["result"]


def high_findings(site: Installation) -> list[str]:
    found = site.operator.ask("findings", open_only=True)
    return [one["finding"]["message"] for one in found if one["finding"]["severity"] == "high"]


async def test_an_answer_that_nobody_asked_for_and_a_second_one_are_refused_and_high_findings(
    site: Installation, open_to_forms: Small
) -> None:
    async with governed(site) as client:
        await agent.to_soaked(client)
        raw = await RawClient.connect(Path(agent_socket(str(site.home))), site.project)
        unasked = await raw_call(raw, inputResponses=CONFIRMS)
        assert unasked["isError"]
        assert unasked["content"][0]["text"].startswith(NOT_ASKED)
        assert (await agent.state(client))["state"] == "SOAKING"
        assert high_findings(site) == [NOT_ASKED]

        asked = await raw_call(raw)
        answer = {"inputResponses": CONFIRMS, "requestState": asked["requestState"]}
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        assert not (await raw_call(raw, **answer))["isError"]
        assert (await raw_call(raw, **answer))["isError"]
        assert high_findings(site) == [NOT_ASKED, NOT_ASKED]
        raw.close()
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert open_to_forms.marked().count("production 0.1.0") == 1


async def test_a_form_of_2025_is_answered_once(site: Installation, open_to_forms: Small) -> None:
    async with governed(site) as client:
        await agent.to_soaked(client)
        raw = await RawClient.connect(Path(agent_socket(str(site.home))), site.project)
        await raw.initialize()
        call = await raw.ask("tools/call", name="deploy", arguments=PRODUCTION)
        form = await raw.receive_until("method", "elicitation/create")
        for _ in range(2):
            await raw.respond(form["id"], CONFIRMS["confirmation"])
        assert not (await raw.receive_until("id", call))["result"]["isError"]
        await until(lambda: high_findings(site) == [NOT_ASKED], 60)
        raw.close()
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert open_to_forms.marked().count("production 0.1.0") == 1


async def test_a_form_whose_approval_was_given_elsewhere_is_refused(site: Installation, open_to_forms: Small) -> None:
    async with governed(site) as client:
        await agent.to_soaked(client)
        raw = await RawClient.connect(Path(agent_socket(str(site.home))), site.project)
        asked = await raw_call(raw)
        site.operator.ask("reject")
        late = await raw_call(raw, inputResponses=CONFIRMS, requestState=asked["requestState"])
        assert late["isError"]
        assert late["content"][0]["text"].startswith("That approval was never asked for, or is no longer open.")
        raw.close()
        assert (await agent.state(client))["state"] == "SOAKING"
    assert "production 0.1.0" not in open_to_forms.marked()
