"""An agent as a real MCP client: its calls, and following what they start."""

import asyncio
import time
from typing import Any

from mcp import Client, types

SECONDS = 60.0

IDLE = ["release_status", "start_sprint", "preview_release", "hold_release"]
SPRINT = ["release_status", "run_tests", "prepare_release", "preview_release", "hold_release"]
RELEASED = ["release_status", "start_sprint", "emergency_rollback", "preview_release", "hold_release"]
"""What is listed while idle, in a sprint, and while idle after a second release."""


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools(cache_mode="bypass")).tools]


async def targets(client: Client) -> list[str]:
    """What `deploy` offers now."""
    tools = {tool.name: tool for tool in (await client.list_tools(cache_mode="bypass")).tools}
    return list(tools["deploy"].input_schema["properties"]["target"]["enum"]) if "deploy" in tools else []


def text(result: types.CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


def sentence(result: types.CallToolResult) -> str:
    """The first line, which the protocol words."""
    return text(result).partition("\n")[0]


async def call(client: Client, tool: str, **arguments: Any) -> types.CallToolResult:
    return await client.call_tool(tool, arguments)


async def state(client: Client) -> dict[str, Any]:
    return dict((await call(client, "release_status")).structured_content or {})


async def until_state(client: Client, *states: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Follows the release by long polls until it is in one of `states` with nothing running."""
    deadline = time.monotonic() + seconds
    found = await state(client)
    while found["state"] not in states or found["operation"] is not None:
        assert time.monotonic() < deadline, found
        found = dict((await call(client, "release_status", wait_seconds=5)).structured_content or {})
    return found


async def until_busy(client: Client, state_name: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Looks until the release is in a state in which something runs, which no wait comes back for."""
    deadline = time.monotonic() + seconds
    while (found := await state(client))["state"] != state_name:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    return found


async def until_unlocked(client: Client, target: str, seconds: float = SECONDS) -> None:
    """Follows the release until `deploy` offers `target`."""
    deadline = time.monotonic() + seconds
    while target not in await targets(client):
        assert time.monotonic() < deadline
        await call(client, "release_status", wait_seconds=5)


def structured(result: types.CallToolResult) -> dict[str, Any]:
    return dict(result.structured_content or {})


async def good(client: Client, tool: str, **arguments: Any) -> types.CallToolResult:
    """A call that must not be refused."""
    result = await call(client, tool, **arguments)
    assert not result.is_error, text(result)
    return result


async def prepare(client: Client, type: str = "minor") -> types.CallToolResult:
    """A sprint, the tests, and the answer of `prepare_release`."""
    if (await state(client))["state"] == "IDLE":
        await good(client, "start_sprint", name="One")
    await good(client, "run_tests")
    return await call(client, "prepare_release", type=type)


async def to_candidate(client: Client, type: str = "minor") -> None:
    prepared = await prepare(client, type)
    assert structured(prepared)["state"] == "RELEASE_CANDIDATE", text(prepared)


async def to_soaked(client: Client) -> None:
    """On staging, and production unlocked."""
    await to_candidate(client)
    await good(client, "deploy", target="staging")
    await until_unlocked(client, "production")


async def to_question(client: Client, version: str = "v0.1.0") -> types.CallToolResult:
    """A human is asked."""
    await to_soaked(client)
    asked = await good(client, "deploy", target="production", version=version)
    assert structured(asked)["state"] == "AWAITING_APPROVAL", text(asked)
    return asked
