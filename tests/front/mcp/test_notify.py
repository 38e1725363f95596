"""list_changed: before the answer of the call that made it, to all, and again after a fault."""

import asyncio

import pytest

from sentinel.errors.store import StoreUnavailableError
from sentinel.front.mcp import connection, notify
from tests.front.mcp import documents
from tests.front.mcp.conftest import Served, until
from tests.front.mcp.raw import ENVELOPE

CHANGED = "notifications/tools/list_changed"
START = {"name": "start_sprint", "arguments": {"name": "Autumn"}}


async def test_a_client_reads_the_changed_list_before_the_answer_of_the_call(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RELIST_SECONDS", 60)
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    call = await client.ask("tools/call", **START)
    assert (await client.receive())["method"] == CHANGED
    listing = await client.ask("tools/list")
    assert [(await client.receive())["id"] for _ in range(2)] == [listing, call]
    client.close()


async def test_a_client_that_never_reads_the_list_again_is_answered_all_the_same(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RELIST_SECONDS", 0.1)
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    call = await client.ask("tools/call", **START)
    assert (await client.receive())["method"] == CHANGED
    assert (await client.receive())["id"] == call
    client.close()


async def test_only_the_call_that_changed_the_list_waits_for_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RELIST_SECONDS", 0.01)
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    await client.call("tools/call", **START)
    monkeypatch.setattr(connection, "RELIST_SECONDS", 60)
    await client.call("tools/call", name="release_status", arguments={})
    client.close()


async def test_a_client_that_cannot_be_told_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "RELIST_SECONDS", 60)
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
        served.face.become(documents.active())
        told = await asyncio.gather(*(client.receive() for client in clients))
    assert {message["method"] for message in told} == {CHANGED}
    for client in clients:
        client.close()


async def test_changes_are_told_again_after_the_store_was_gone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "RETRY_SECONDS", 0.01)
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    await until(lambda: served.face.watches)
    served.face.fault = StoreUnavailableError(detail="disk full")
    served.face.wake()
    await until(lambda: not served.face.watches)
    listed = await client.call("tools/list")
    assert listed["result"]["tools"][0]["description"].startswith("NOT READY: The store cannot be reached: disk full.")
    served.face.fault = None
    served.face.become(documents.active())
    assert (await client.receive())["method"] == CHANGED
    client.close()


async def test_nothing_is_watched_for_a_project_without_clients(served: Served) -> None:
    client = await served.raw()
    await client.initialize()
    await client.call("tools/list")
    await until(lambda: served.face.watches)
    client.close()
    await until(lambda: not served.face.watches)
