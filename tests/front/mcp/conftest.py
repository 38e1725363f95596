"""A served agent socket, and real clients of it: through the relay process in both eras, and by bare lines."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from sentinel.front.mcp.serve import AgentServer
from sentinel.launch.locations import agent_socket
from tests.front.mcp.memory_agents import MemoryAgents
from tests.front.mcp.raw import RawClient

RELAY = "import os, sys; from sentinel.launch.relay import run; raise SystemExit(run(sys.argv[1:], os.environ))"
ERAS = {"2025": "legacy", "2026": "auto"}
DEADLINE = 10.0


@dataclass
class Served:
    """A daemon's agent socket over a agents in memory, and the places that its clients are started with."""

    agents: MemoryAgents
    home: Path
    repository: Path

    @property
    def socket(self) -> Path:
        return Path(agent_socket(str(self.home)))

    def parameters(self, *options: str) -> StdioServerParameters:
        return StdioServerParameters(
            command=sys.executable,
            args=["-c", RELAY, "--project", str(self.repository), *options],
            env={"SENTINEL_HOME": str(self.home)},
        )

    def client(self, era: str, *options: str, **arguments: Any) -> Client:
        return Client(self.parameters(*options), mode=ERAS[era], read_timeout_seconds=DEADLINE, **arguments)

    async def raw(self, locked_tools: str = "hide", buffer: int = 2**20) -> RawClient:
        return await RawClient.connect(self.socket, self.repository, locked_tools, buffer)

    async def stuck(self) -> RawClient:
        """A client with an open project that will read nothing of the lists that it asks for."""
        client = await self.raw("reject", buffer=2**13)
        await client.initialize()
        for _ in range(100):
            await client.ask("tools/list")
        await until(lambda: self.agents.watches)
        return client


class Started:
    """The task status that a task group would hand to `serve`."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def started(self, _value: object = None) -> None:
        self.event.set()


@asynccontextmanager
async def running(server: AgentServer, path: Path) -> AsyncIterator[None]:
    started = Started()
    task = asyncio.create_task(server.serve(path, task_status=started))
    waiting = asyncio.create_task(started.event.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket, which pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        yield Path(folder)


@pytest.fixture
async def served(short_folder: Path) -> AsyncIterator[Served]:
    repository = short_folder / "shop"
    repository.mkdir()
    (repository / "sentinel.toml").touch()
    here = Served(MemoryAgents(), short_folder / "home", repository)
    async with running(AgentServer(here.agents), here.socket):
        yield here


async def until(condition: Callable[[], object]) -> None:
    """Waits for what another task is about to make true."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.005)
