"""list_changed: before the answer of the call that made it, to all, and again after a fault."""

import asyncio
import time
from typing import Any

import pytest

from sentinel.errors.store import StoreUnavailableError
from sentinel.front.mcp import calls, notify
from tests.front.mcp import documents
from tests.front.mcp.conftest import Served, until
from tests.front.mcp.raw import ENVELOPE, RawClient

CHANGED = "notifications/tools/list_changed"
START = {"name": "start_sprint", "arguments": {"name": "Autumn"}}


def tools(listed: Any) -> list[str]:
    return [tool["name"] for tool in listed["result"]["tools"]]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers wait for the client for as long as the test takes."""
    monkeypatch.setattr(calls, "RELIST_SECONDS", 60)


async def reader(served: Served) -> RawClient:
    """A client of the 2025 era that has read the list."""
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    return client


@pytest.mark.usefixtures("patient")
async def test_a_client_reads_the_changed_list_before_the_answer_of_the_call(served: Served) -> None:
    client = await reader(served)
    call = await client.ask("tools/call", **START)
    assert (await client.receive())["method"] == CHANGED
    began = time.monotonic()
    listing = await client.ask("tools/list")
    assert [(await client.receive())["id"] for _ in range(2)] == [listing, call]
    assert time.monotonic() - began >= calls.SETTLE_SECONDS
    client.close()


@pytest.mark.usefixtures("patient")
async def test_a_listening_client_of_the_2026_era_reads_the_changed_list_before_the_answer(served: Served) -> None:
    client = await served.raw()
    await client.ask("subscriptions/listen", notifications={"toolsListChanged": True}, _meta=ENVELOPE)
    assert "acknowledged" in (await client.receive())["method"]
    await client.call("tools/list", _meta=ENVELOPE)
    call = await client.ask("tools/call", _meta=ENVELOPE, **START)
    assert (await client.receive())["method"] == CHANGED
    listing = await client.ask("tools/list", _meta=ENVELOPE)
    assert [(await client.receive())["id"] for _ in range(2)] == [listing, call]
    client.close()


@pytest.mark.usefixtures("patient")
async def test_a_list_that_goes_away_and_comes_back_is_read_again_before_the_answer(served: Served) -> None:
    """What counts is the list that the client read last, not the one before the call."""
    served.agents.document = documents.candidate()
    client = await reader(served)
    call = await client.ask("tools/call", name="deploy", arguments={"target": "staging"})
    assert (await client.receive())["method"] == CHANGED
    assert tools(await client.call("tools/list")) == ["release_status", "abandon_release", "hold_release"]
    served.agents.pass_staging()
    assert (await client.receive())["method"] == CHANGED
    listing = await client.ask("tools/list")
    answers = [await client.receive() for _ in range(2)]
    assert [answer["id"] for answer in answers] == [listing, call]
    assert tools(answers[0]) == ["release_status", "deploy", "abandon_release", "hold_release"]
    client.close()


@pytest.mark.usefixtures("patient")
async def test_what_somebody_else_changed_is_read_before_the_answer_too(served: Served) -> None:
    client = await reader(served)
    await until(lambda: served.agents.watches)
    served.agents.become(documents.active())
    assert (await client.receive())["method"] == CHANGED
    call = await client.ask("tools/call", name="release_status", arguments={})
    listing = await client.ask("tools/list")
    assert [(await client.receive())["id"] for _ in range(2)] == [listing, call]
    client.close()


async def test_a_client_that_never_reads_the_list_again_is_waited_for_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "RELIST_SECONDS", 0.1)
    client = await reader(served)
    call = await client.ask("tools/call", **START)
    assert (await client.receive())["method"] == CHANGED
    assert (await client.receive())["id"] == call
    monkeypatch.setattr(calls, "RELIST_SECONDS", 60)
    served.agents.become(documents.candidate())
    assert (await client.receive())["method"] == CHANGED
    await client.call("tools/call", name="release_status", arguments={})
    await client.call("tools/list")
    served.agents.become(documents.active())
    assert (await client.receive())["method"] == CHANGED
    call = await client.ask("tools/call", name="release_status", arguments={})
    listing = await client.ask("tools/list")
    assert [(await client.receive())["id"] for _ in range(2)] == [listing, call]
    client.close()


@pytest.mark.usefixtures("patient")
async def test_a_client_that_never_read_the_list_is_answered_at_once(served: Served) -> None:
    client = await served.raw()
    await client.initialize()
    await client.call("tools/call", **START)
    served.agents.become(documents.candidate())
    await client.call("tools/call", name="release_status", arguments={})
    client.close()


@pytest.mark.usefixtures("patient")
async def test_a_client_whose_list_never_changes_is_answered_at_once(served: Served) -> None:
    client = await served.raw("reject")
    await client.initialize()
    await client.call("tools/list")
    await client.call("tools/call", **START)
    await client.call("tools/call", name="release_status", arguments={})
    client.close()


@pytest.mark.usefixtures("patient")
async def test_a_client_that_cannot_be_told_is_not_waited_for(served: Served) -> None:
    client = await served.raw()
    await client.call("tools/list", _meta=ENVELOPE)
    await client.call("tools/call", _meta=ENVELOPE, **START)
    client.close()


async def test_a_hundred_clients_are_told_at_once(served: Served) -> None:
    clients = [await served.raw() for _ in range(100)]
    for client in clients:
        await client.initialize()
        await client.call("tools/list")
    async with asyncio.timeout(2):
        served.agents.become(documents.active())
        told = await asyncio.gather(*(client.receive() for client in clients))
    assert {message["method"] for message in told} == {CHANGED}
    for client in clients:
        client.close()


async def test_changes_are_told_again_after_the_store_was_gone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "RETRY_SECONDS", 0.01)
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    await until(lambda: served.agents.watches)
    served.agents.fault = StoreUnavailableError(detail="disk full")
    served.agents.wake()
    await until(lambda: not served.agents.watches)
    listed = await client.call("tools/list")
    assert listed["result"]["tools"][0]["description"].startswith("NOT READY: The store cannot be reached: disk full.")
    served.agents.fault = None
    served.agents.become(documents.active())
    assert (await client.receive())["method"] == CHANGED
    client.close()


async def test_nothing_is_watched_for_a_project_without_clients(served: Served) -> None:
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    await until(lambda: served.agents.watches)
    client.close()
    await until(lambda: not served.agents.watches)
