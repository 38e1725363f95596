"""Connections that say nothing, by the thousand: they disturb neither a running rollback nor people."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.launch.locations import agent_socket, operator_socket
from tests.adapters.certificates import certificate
from tests.adapters.http_services import answers
from tests.front.http.remote import Remote, serving
from tests.front.http.test_admission import INITIALIZE
from tests.front.http.test_listening import settings
from tests.protocol import agent
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.releasing import Live, governed, release, to_approved

pytestmark = pytest.mark.timeout(300)
FEW_FILES = ("sh", "-c", 'ulimit -n 1024; exec "$@"', "sh", *SENTINEL)
SILENT = 1100
Flood = Callable[[Remote], Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def _agents(remote: Remote) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(agent_socket(str(remote.site.home)))


async def _people(remote: Remote) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(operator_socket(str(remote.site.home)))


async def _strangers(remote: Remote) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", remote.port)


@asynccontextmanager
async def flooded(remote: Remote, connect: Flood) -> AsyncIterator[None]:
    """While so many connections were made that say nothing, and whoever is refused comes again."""
    opened: list[asyncio.StreamWriter] = []

    async def one() -> None:
        for _ in range(3):
            with suppress(OSError):
                _, writer = await connect(remote)
                opened.append(writer)
                return
            await asyncio.sleep(0)

    try:
        for _ in range(SILENT):
            await asyncio.wait_for(one(), 20)
        yield
    finally:
        for writer in opened:
            writer.close()


async def all_are_served(remote: Remote, secret: str) -> None:
    """While production is rolled back: people, agents here, and remote ones."""
    assert "ROLLING_BACK" in remote.site.run("status").out
    async with remote.site.client("2026") as other, remote.http(secret) as http:
        assert "release_status" in await agent.names(other)
        assert (await http.post(remote.url, json=INITIALIZE)).status_code == 200


async def test_floods_of_silent_connections_disturb_neither_a_rollback_nor_people(
    own: Installation, live: Live, short_folder: Path
) -> None:
    """One after the other, at each way in; the last one lasts until the rollback is over."""
    hold, started = live.file("hold"), live.file("started")
    live.script("rollback", f"touch {started}; while test -e {hold}; do sleep 0.05; done")
    live.small.commit("Hold the rollback")
    made, key = certificate(short_folder)
    settings(own, f'certificate = "{made}"\nkey = "{key}"')
    trusted = {"verify": ssl.create_default_context(cafile=str(made))}
    site = replace(own, program=FEW_FILES)
    with serving(site, scheme="https", trusted=trusted) as remote:
        async with governed(site) as client:
            assert (await release(client, site))["state"] == "IDLE"
            live.small.next_changes("0.1.0", "A search.")
            live.faults["0.2.0"] = answers(500)
            hold.touch()
            await to_approved(client, site)
            await agent.until_busy(client, "ROLLING_BACK")
            _, secret = remote.token()
            for connect in (_agents, _strangers):
                async with flooded(remote, connect):
                    await all_are_served(remote, secret)
            async with flooded(remote, _people):
                await all_are_served(remote, secret)
                hold.unlink()
                found = await agent.until_state(client, "ACTIVE", "HALTED")
            assert (found["state"], found["production"]["version"]) == ("ACTIVE", "0.1.0"), found
