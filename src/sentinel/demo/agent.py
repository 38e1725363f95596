"""The agent: a real MCP client over `sentinel mcp`, which reads the list of tools again at every list_changed."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import TaskStatus
from mcp import Client, StdioServerParameters, types

from sentinel.demo.installation import SENTINEL, Installation

CALL_SECONDS = 60.0
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's answer: its first line, and the status."""

    ok: bool
    sentence: str
    status: dict[str, Any]

    @property
    def state(self) -> str:
        return str(self.status["state"])


class Agent:
    """`listed` is the list of tools that it read last: `release_status, deploy(staging), abandon_release …`."""

    def __init__(self, client: Client) -> None:
        self.listed = ""
        self._client = client
        self._pushed = anyio.Event()

    async def call(self, tool: str, arguments: Mapping[str, object], tell: Told = lambda _: None) -> Answer:
        """`tell` gets the sentences of progress notifications during the call."""

        async def told(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK's
            tell(message or "")

        result = await self._client.call_tool(tool, dict(arguments), progress_callback=told)
        block = result.content[0]
        text = block.text if isinstance(block, types.TextContent) else ""
        return Answer(not result.is_error, text.partition("\n")[0], dict(result.structured_content or {}))

    async def until_listed(self, listed: str) -> None:
        """Waits, without calls, until a list_changed has made the agent read the list `listed`."""
        while self.listed != listed:
            await self._pushed.wait()

    async def listen(self, *, task_status: TaskStatus[None]) -> None:
        """The 2026 era's `subscriptions/listen`, until cancelled."""
        async with self._client.listen(tools_list_changed=True) as stream:
            await self._list()
            task_status.started()
            async for _ in stream:
                await self._list()
                pushed, self._pushed = self._pushed, anyio.Event()
                pushed.set()

    async def _list(self) -> None:
        listing = await self._client.list_tools(cache_mode="bypass")
        self.listed = ", ".join(_named(tool) for tool in listing.tools)


def call_text(tool: str, arguments: Mapping[str, object]) -> str:
    """`deploy(target="staging")`"""
    shown = (f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}" for name, value in arguments.items())
    return f"{tool}({', '.join(shown)})"


def _named(tool: types.Tool) -> str:
    """The tool with its targets."""
    targets = tool.input_schema.get("properties", {}).get("target", {}).get("enum", ())
    return f"{tool.name}({'|'.join(targets)})" if targets else tool.name


@asynccontextmanager
async def connected(installation: Installation) -> AsyncIterator[Agent]:
    """An agent in the shop's repository, of the protocol's 2026 era."""
    # The SDK warns if a call removes its own tool from the list, as most of Sentinel's tools do.
    logging.getLogger("client").setLevel(logging.ERROR)
    words = [*SENTINEL[1:], "mcp", "--project", str(installation.shop.root)]
    parameters = StdioServerParameters(command=SENTINEL[0], args=words, env=dict(installation.environment))
    async with Client(parameters, read_timeout_seconds=CALL_SECONDS) as client, anyio.create_task_group() as tasks:
        agent = Agent(client)
        await tasks.start(agent.listen)
        yield agent
        tasks.cancel_scope.cancel()
