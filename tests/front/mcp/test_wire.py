"""Hostile and broken clients on the agent socket: each harms itself at most."""

import asyncio
import json
import socket
import stat
from pathlib import Path

import pytest

from sentinel.core.release.model import Project
from sentinel.core.values.limits import MESSAGE_LIMIT
from sentinel.core.values.times import Instant
from sentinel.errors.connection import SocketInUseError
from sentinel.front.mcp import connection, outgoing, serve
from sentinel.front.mcp.serve import AgentServer
from tests.front.mcp import documents
from tests.front.mcp.conftest import DEADLINE, Served, running, until
from tests.front.mcp.memory_agents import MemoryAgents
from tests.front.mcp.raw import RawClient


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"[" * 100_000])
async def test_a_broken_line_is_answered_and_the_next_one_served(served: Served, line: bytes) -> None:
    client = await served.raw()
    await client.initialize()
    await client.send(line)
    fault = await client.receive()
    assert fault["id"] is None
    assert fault["error"]["code"] == -32700
    assert "result" in await client.call("tools/list")
    client.close()


async def test_an_oversized_line_is_skipped_and_the_next_one_served(served: Served) -> None:
    client = await served.raw()
    await client.initialize()
    await client.send(b'"' + b"x" * (2 * MESSAGE_LIMIT) + b'"')
    assert (await client.receive())["error"]["message"].startswith("The message is longer than 4194304 bytes.")
    await client.ask("ping")
    assert (await client.receive())["result"] == {}
    client.close()


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (b"GET / HTTP/1.1", "the line of its first line"),
        (b'{"sentinel": 2, "relay": "9", "directory": "/", "locked_tools": "hide"}', "sentinel of its first line"),
        (b'{"sentinel": 1, "relay": "9", "directory": "shop", "locked_tools": "hide"}', "directory of its first line"),
        (b'{"sentinel": 1, "relay": "9", "directory": "/", "locked_tools": "show"}', "locked_tools of its first line"),
        (b"x" * 70_000, "its first line is too long"),
    ],
)
async def test_what_is_no_relay_is_told_so_and_closed(served: Served, line: bytes, detail: str) -> None:
    client = await RawClient.open(served.socket)
    await client.send(line)
    refusal = await client.receive()
    assert refusal["ok"] is False
    assert detail in refusal["what"]
    assert refusal["exit_code"] == 2
    assert await client.receive() is None
    client.close()


async def test_a_newer_relay_may_say_more(served: Served) -> None:
    client = await RawClient.open(served.socket)
    hello = {"sentinel": 1, "relay": "9.0", "directory": str(served.repository), "locked_tools": "hide", "new": []}
    await client.send(json.dumps(hello).encode())
    assert await client.receive() == {"ok": True}
    client.close()


async def test_one_client_that_does_not_read_delays_none_of_nineteen(served: Served) -> None:
    stuck = await served.stuck()
    others = [await served.raw() for _ in range(19)]
    for client in others:
        await client.initialize()
        await client.call("tools/list")
    async with asyncio.timeout(2):
        served.agents.become(documents.active())
        told = await asyncio.gather(*(client.receive() for client in others))
    assert {message["method"] for message in told} == {"notifications/tools/list_changed"}
    for client in (stuck, *others):
        client.close()


async def test_a_client_that_lets_too_much_pile_up_is_disconnected(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "UNSENT_LIMIT", 2_000_000)
    other = await served.raw()
    await other.initialize()
    stuck = await served.stuck()
    with pytest.raises(ConnectionError):
        await asks_without_end(stuck)
    assert "result" in await other.call("tools/list")
    stuck.close()
    other.close()


async def asks_without_end(client: RawClient) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            await client.ask("tools/list")


async def test_a_client_that_ends_its_side_without_reading_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "FLUSH_SECONDS", 0.1)
    stuck = await served.stuck()
    stuck.end()
    await until(lambda: not served.agents.watches)
    stuck.close()


async def test_a_connection_has_a_bounded_number_of_open_calls(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CALL_LIMIT", 2)
    client = await served.raw()
    await client.initialize()
    poll = {"name": "release_status", "arguments": {"wait_seconds": 50}}
    for _ in range(2):
        await client.ask("tools/call", **poll)
    refused = (await client.call("tools/call", **poll))["result"]
    assert refused["content"][0]["text"].startswith("This connection has 2 calls open already.")
    client.close()
    await until(lambda: not served.agents.watches)


async def test_a_flood_of_requests_for_the_list_is_refused_and_the_next_one_served(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CALL_LIMIT", 2)
    let_go, project = asyncio.Event(), served.agents.project

    async def slow(project_id: str) -> tuple[Project, Instant]:
        await let_go.wait()
        return await project(project_id)

    client = await served.raw()
    await client.initialize()
    with monkeypatch.context() as slowly:
        slowly.setattr(served.agents, "project", slow)
        for _ in range(2):
            await client.ask("tools/list")
        refused = await client.call("tools/list")
        let_go.set()
    assert refused["error"]["message"].startswith("This connection has 2 calls open already.")
    assert all([(await client.receive())["result"]["tools"] for _ in range(2)])
    assert "result" in await client.call("tools/list")
    client.close()


async def test_the_socket_is_the_owners_alone_and_gone_afterwards(short_folder: Path) -> None:
    path = short_folder / "run" / "agent.sock"
    async with running(AgentServer(MemoryAgents()), path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with pytest.raises(SocketInUseError):
            async with running(AgentServer(MemoryAgents()), path):
                pass
        assert path.exists()
    assert not path.exists()


async def test_a_daemon_that_stops_ends_every_connection_at_once(short_folder: Path) -> None:
    (short_folder / "sentinel.toml").touch()
    path = short_folder / "agent.sock"
    async with asyncio.timeout(3):
        async with running(AgentServer(MemoryAgents()), path):
            client = await RawClient.connect(path, short_folder)
            await client.initialize()
            await client.ask("tools/call", name="release_status", arguments={"wait_seconds": 50})
            await client.call("ping")
        while await client.receive() is not None:
            pass
    client.close()


async def test_a_stale_socket_is_replaced(served: Served, short_folder: Path) -> None:
    path = short_folder / "stale.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with running(AgentServer(served.agents), path):
        client = await RawClient.connect(path, served.repository)
        client.close()
