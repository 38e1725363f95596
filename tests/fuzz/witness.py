"""Decent clients on every way in, which go on being served while others are hostile."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from mcp import Client

from tests.fuzz.target import Target
from tests.protocol import agent
from tests.protocol.installation import ERAS

DEADLINE = 20.0
"""Seconds in which each answer must have come; far more than it takes on a machine that only does this."""
PAUSE_SECONDS = 0.05
LISTED = agent.IDLE


@dataclass(slots=True)
class Testimony:
    """How often each witness was served, the longest that it waited, and what was wrong."""

    served: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


@asynccontextmanager
async def witnesses(target: Target) -> AsyncIterator[Testimony]:
    """They ask for the length of the block."""
    told, over = Testimony(), asyncio.Event()
    async with AsyncExitStack() as stack:
        asking: dict[str, Callable[[], Awaitable[None]]] = {"operator": partial(_ask_operator, target)}
        _, secret = target.remote.token()
        for era in ERAS:
            local = await stack.enter_async_context(target.site.client(era))
            remote = await stack.enter_async_context(target.remote.client(era, secret))
            asking |= {f"socket {era}": partial(_ask, local), f"http {era}": partial(_ask, remote)}
        tasks = [asyncio.create_task(_go_on(name, ask, told, over)) for name, ask in asking.items()]
        try:
            yield told
        finally:
            over.set()
            await asyncio.gather(*tasks)


async def _go_on(name: str, ask: Callable[[], Awaitable[None]], told: Testimony, over: asyncio.Event) -> None:
    told.served[name] = 0
    while not over.is_set():
        began = time.monotonic()
        try:
            await asyncio.wait_for(ask(), DEADLINE)
        except Exception as error:  # noqa: BLE001 - whatever it was, this witness was not served
            told.faults.append(f"{name} after {told.served[name]} answers: {error!r}")
            return
        told.slowest = max(told.slowest, time.monotonic() - began)
        told.served[name] += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def _ask(client: Client) -> None:
    assert await agent.names(client) == LISTED
    status = await agent.state(client)
    assert status["state"] == "IDLE"


async def _ask_operator(target: Target) -> None:
    status = await asyncio.to_thread(target.site.operator.ask, "status")
    assert status["status"]["state"] == "IDLE"
