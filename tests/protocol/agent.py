"""An agent as a real MCP client: its calls, and following what they start."""

import time
from typing import Any

from mcp import Client, types

SECONDS = 60.0


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


async def until_unlocked(client: Client, target: str, seconds: float = SECONDS) -> None:
    """Follows the release until `deploy` offers `target`."""
    deadline = time.monotonic() + seconds
    while target not in await targets(client):
        assert time.monotonic() < deadline
        await call(client, "release_status", wait_seconds=5)
