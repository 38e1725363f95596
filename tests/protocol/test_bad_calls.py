"""What no decent client sends: each is answered in words, and hurts nobody, the connection included."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sentinel.core.tools.catalog import Tool
from sentinel.launch.locations import agent_socket
from tests.front.mcp.raw import ENVELOPE, RawClient
from tests.protocol import agent
from tests.protocol.installation import Installation

LONG = "x" * 1_000_000
CALLS: list[tuple[str, Any, str]] = [
    ("deploy_everything", {}, f"There is no tool deploy_everything. The tools are: {', '.join(Tool)}."),
    ("start_sprint", {}, "start_sprint: name: found nothing, expected this argument, which is required."),
    ("start_sprint", {"name": 7}, "start_sprint: name: found 7, expected a string."),
    ("start_sprint", {"name": "  "}, "start_sprint: name: found '', expected some text."),
    ("start_sprint", {"name": LONG}, "start_sprint: name: found 'xxxxxxxxxx"),
    ("start_sprint", {"name": "One", "force": True}, "start_sprint: force: found True, expected no such argument."),
    ("prepare_release", {"type": "huge"}, "prepare_release: type: found 'huge', expected 'patch', 'minor' or 'major'."),
    ("deploy", {"target": "moon"}, "deploy: target: found 'moon', expected 'staging' or 'production'."),
    ("deploy", {"target": ["staging"]}, "deploy: target: found ['staging'], expected 'staging' or 'production'."),
    ("release_status", {"wait_seconds": "5s"}, "release_status: wait_seconds: found '5s', expected a whole number."),
    (
        "release_status",
        {"wait_seconds": 51},
        "release_status: wait_seconds: found 51, expected less than or equal to 50.",
    ),
    ("emergency_rollback", {"reason": LONG}, "emergency_rollback: reason: found 'xxxxxxxxxx"),
]


async def test_a_call_that_fits_no_schema_names_the_argument_and_what_is_expected(site: Installation, era: str) -> None:
    async with site.client(era) as client:
        for tool, arguments, said in CALLS:
            refused = await client.call_tool(tool, arguments)
            assert refused.is_error
            what, _, _ = said.partition(" The tools are")
            assert agent.sentence(refused).startswith(what), agent.sentence(refused)
            assert said in agent.text(refused).replace("\n", " ") or said.startswith(what)
            assert len(agent.text(refused)) < 5000
        assert (await agent.state(client))["state"] == "IDLE"


@pytest.fixture
async def raw(site: Installation) -> AsyncIterator[RawClient]:
    client = await RawClient.connect(Path(agent_socket(str(site.home))), site.project)
    yield client
    client.close()


BROKEN = [
    b"{",
    b"null",
    b'"tools/list"',
    b'{"jsonrpc": "2.0", "id": 1, "method": 7}',
    b"\xff\xfe\x00",
    b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


async def test_a_line_that_is_no_message_is_answered_and_the_next_one_served(raw: RawClient) -> None:
    for line in BROKEN:
        await raw.send(line)
        answer = await raw.receive()
        assert answer["id"] is None
        assert answer["error"]["message"] == (
            "The message is not a JSON-RPC message. It was skipped; send one JSON-RPC object per line."
        )
    await raw.send(b"x" * 5_000_000)
    answer = await raw.receive()
    assert answer["error"]["message"] == (
        "The message is longer than 4194304 bytes. It was skipped; send a shorter one."
    )
    listed = await raw.call("tools/list", _meta=ENVELOPE)
    assert [tool["name"] for tool in listed["result"]["tools"]] == [
        "release_status",
        "start_sprint",
        "preview_release",
        "hold_release",
    ]


async def test_an_unknown_method_is_an_error_of_its_own(raw: RawClient) -> None:
    answer = await raw.call("tools/destroy", _meta=ENVELOPE)
    assert answer["error"]["code"] == -32601


async def test_whoever_is_no_relay_is_told_so(site: Installation) -> None:
    for line in (
        b"GET / HTTP/1.1",
        b"{}",
        b'{"sentinel": 1, "relay": "0", "directory": "here", "locked_tools": "hide"}',
    ):
        client = await RawClient.open(Path(agent_socket(str(site.home))))
        await client.send(line)
        answer = await client.receive()
        assert answer["what"].startswith("The client is not a Sentinel relay of this version: ")
        assert (answer["ok"], answer["exit_code"], await client.receive()) == (False, 2, None)
        client.close()
