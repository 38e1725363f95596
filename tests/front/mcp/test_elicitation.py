"""Approval by elicitation: only an answer to a form that this server asked, once, in time, for that very plan."""

from typing import Any

import pytest
from mcp import types

from sentinel.core.audit.findings import Severity
from sentinel.core.release.states import State
from sentinel.front.mcp import calls
from tests.front.mcp import documents
from tests.front.mcp.conftest import Served, until
from tests.front.mcp.raw import ENVELOPE, RawClient
from tests.front.mcp.test_sessions import text

PRODUCTION = {"target": "production", "version": "v1.2.0"}
CALL = {"name": "deploy", "arguments": PRODUCTION}
UNASKED = [(Severity.HIGH, "unasked-elicitation-answer")]
APPROVES = {"action": "accept", "content": {"confirmation": "DEPLOY-NOW"}}


class Human:
    """Answers every form in the same way, and keeps what was shown."""

    def __init__(self, action: str, phrase: str = "") -> None:
        self.shown: list[str] = []
        self._answer = {"action": action, "content": {"confirmation": phrase} if action == "accept" else None}

    async def __call__(self, _context: object, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestFormParams)
        assert list(params.requested_schema["properties"]) == ["confirmation"]
        self.shown.append(params.message)
        return types.ElicitResult.model_validate(self._answer)


@pytest.fixture
def soaked(served: Served) -> Served:
    served.agents.document = documents.soaking("terminal", "elicitation")
    served.agents.advance(documents.SOAK)
    return served


async def modern_call(client: RawClient, **params: Any) -> Any:
    return (await client.call("tools/call", _meta=ENVELOPE, **CALL, **params))["result"]


async def asked_in_2025(client: RawClient) -> tuple[int, int]:
    """The ids of the call and of the form that it has shown."""
    await client.initialize()
    call = await client.ask("tools/call", **CALL)
    form = await client.receive_until("method", "elicitation/create")
    return call, form["id"]


@pytest.mark.both_eras
async def test_the_exact_phrase_in_the_form_approves(soaked: Served, era: str) -> None:
    human = Human("accept", "DEPLOY-NOW")
    async with soaked.client(era, elicitation_callback=human) as client:
        result = await client.call_tool("deploy", PRODUCTION)
    assert text(result).splitlines()[0] == "Approved by agent:mcp."
    assert soaked.agents.document.approval is not None
    assert soaked.agents.document.approval.claim is not None
    assert human.shown == [
        f"shop at {'c' * 12}: target: PRODUCTION, version: v1.2.0, changes: 5 files, +120/-40. "
        "Type DEPLOY-NOW to confirm.\n\n"
        f"shop (shop-7f3a) at {'c' * 40}\n\n"
        "[SENTINEL DEFCON 1]\ntarget: PRODUCTION\nversion: v1.2.0\nchanges: 5 files, +120/-40\n"
        "CONFIRM DEPLOYMENT? (Type 'DEPLOY-NOW' to confirm):"
    ]


async def test_another_phrase_refuses(soaked: Served, era: str) -> None:
    async with soaked.client(era, elicitation_callback=Human("accept", "deploy-now")) as client:
        result = await client.call_tool("deploy", PRODUCTION)
    assert result.is_error
    assert soaked.agents.phrases == ["deploy-now"]
    assert soaked.agents.document.state is State.SOAKING


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_closing_the_form_leaves_the_approval_open(soaked: Served, era: str, action: str) -> None:
    async with soaked.client(era, elicitation_callback=Human(action)) as client:
        result = await client.call_tool("deploy", PRODUCTION)
    assert not result.is_error
    assert "a person runs `sentinel approve`" in text(result).splitlines()[0]
    assert soaked.agents.document.state is State.AWAITING_APPROVAL
    assert (soaked.agents.phrases, soaked.agents.reports) == ([], [])


async def test_a_form_that_was_closed_is_not_shown_again(soaked: Served, era: str) -> None:
    human = Human("cancel")
    async with soaked.client(era, elicitation_callback=human) as client:
        await client.call_tool("deploy", PRODUCTION)
        again = await client.call_tool("deploy", PRODUCTION)
    assert text(again).splitlines()[0] == "v1.2.0 waits for a human's approval."
    assert len(human.shown) == 1


@pytest.mark.parametrize("shows_forms", [True, False])
async def test_no_form_without_the_channel_or_the_capability(served: Served, era: str, *, shows_forms: bool) -> None:
    served.agents.document = documents.soaking(*(["terminal"] if shows_forms else ["terminal", "elicitation"]))
    served.agents.advance(documents.SOAK)
    human = Human("accept", "DEPLOY-NOW")
    async with served.client(era, elicitation_callback=human if shows_forms else None) as client:
        result = await client.call_tool("deploy", PRODUCTION)
    assert human.shown == []
    assert text(result).splitlines()[0] == "v1.2.0 waits for a human's approval."


async def test_an_answer_in_the_first_call_is_refused_and_reported(soaked: Served) -> None:
    client = await soaked.raw()
    result = await modern_call(client, inputResponses={"confirmation": APPROVES})
    assert result["isError"]
    assert "nobody asked for it" in result["content"][0]["text"]
    assert soaked.agents.reports == UNASKED
    assert soaked.agents.document.state is State.SOAKING
    client.close()


async def test_an_answer_is_taken_once(soaked: Served) -> None:
    client = await soaked.raw()
    asked = await modern_call(client)
    assert asked["resultType"] == "input_required"
    answer = {"inputResponses": {"confirmation": APPROVES}, "requestState": asked["requestState"]}
    assert (await modern_call(client, **answer))["content"][0]["text"].startswith("Approved by")
    assert (await modern_call(client, **answer))["isError"]
    assert soaked.agents.phrases == ["DEPLOY-NOW"]
    assert soaked.agents.reports == UNASKED
    client.close()


async def test_an_answer_with_another_call_is_refused(soaked: Served) -> None:
    client = await soaked.raw()
    asked = await modern_call(client)
    answer = {"inputResponses": {"confirmation": APPROVES}, "requestState": asked["requestState"]}
    result = await client.call("tools/call", _meta=ENVELOPE, name="release_status", arguments={}, **answer)
    assert result["result"]["isError"]
    assert (soaked.agents.phrases, soaked.agents.reports) == ([], UNASKED)
    client.close()


async def test_a_late_answer_is_refused_and_reported(soaked: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    question = await soaked_question_expiring_at_once(soaked)
    monkeypatch.setattr(soaked.agents, "question", question)
    client = await soaked.raw()
    asked = await modern_call(client)
    answer = {"inputResponses": {"confirmation": APPROVES}, "requestState": asked["requestState"]}
    assert (await modern_call(client, **answer))["isError"]
    assert (soaked.agents.phrases, soaked.agents.reports) == ([], UNASKED)
    client.close()


async def soaked_question_expiring_at_once(served: Served) -> Any:
    ask = served.agents.question

    async def question(project_id: str) -> Any:
        return (await ask(project_id)).model_copy(update={"expires_in_seconds": 0})

    return question


async def test_a_form_of_2025_is_answered_once(soaked: Served) -> None:
    client = await soaked.raw()
    call, form = await asked_in_2025(client)
    await client.respond(form, APPROVES)
    assert not (await client.receive_until("id", call))["result"]["isError"]
    await client.respond(form, APPROVES)
    await until(lambda: soaked.agents.reports == UNASKED)
    assert soaked.agents.phrases == ["DEPLOY-NOW"]
    client.close()


async def test_a_form_of_2025_answered_after_its_call_is_refused(
    soaked: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CALL_BUDGET_SECONDS", 0.2)
    monkeypatch.setattr(calls, "SHORTEST_FORM_SECONDS", 0.0)
    client = await soaked.raw()
    call, form = await asked_in_2025(client)
    answer = await client.receive_until("id", call)
    assert "stays open" in answer["result"]["content"][0]["text"]
    await client.respond(form, APPROVES)
    await until(lambda: soaked.agents.reports == UNASKED)
    assert soaked.agents.phrases == []
    assert soaked.agents.document.state is State.AWAITING_APPROVAL
    client.close()


async def test_a_response_that_nobody_asked_for_in_2025_is_reported(soaked: Served) -> None:
    client = await soaked.raw()
    await client.initialize()
    await client.call("tools/list")
    await client.respond(77, APPROVES)
    await until(lambda: soaked.agents.reports == UNASKED)
    await client.respond(78, {"action": "decline"})
    assert (await client.call("ping"))["result"] == {}
    assert soaked.agents.reports == UNASKED
    client.close()
