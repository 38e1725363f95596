"""A daemon that serves remote agents, and real MCP clients of it over HTTP."""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.protocol.installation import ERAS, Installation

DEADLINE = 30.0
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Remote:
    """What a daemon serves at `port`, of which `site` is one project."""

    site: Installation
    port: int
    daemon: "subprocess.Popen[str] | None" = None
    scheme: str = "http"
    trusted: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/mcp"

    def token(self, site: Installation | None = None, **arguments: Any) -> tuple[str, str]:
        """The id and the secret of a new token of a project, that of `site` if another one is named."""
        asked = {"name": "remote", "role": "agent", "expires": None, **arguments}
        created = (site or self.site).operator.ask("create_token", **asked)
        return str(created["token"]["id"]), str(created["secret"])

    def revoke(self, id: str) -> None:
        self.site.operator.ask("revoke_token", id=id)

    def http(self, secret: str | None, **headers: str) -> httpx2.AsyncClient:
        bearer = {"authorization": f"Bearer {secret}"} if secret is not None else {}
        return httpx2.AsyncClient(headers={**HEADERS, **bearer, **headers}, timeout=DEADLINE, **self.trusted)

    @asynccontextmanager
    async def client(self, era: str, secret: str, *, query: str = "", **arguments: Any) -> AsyncIterator[Client]:
        async with self.http(secret) as http:
            transport = streamable_http_client(f"{self.url}{query}", http_client=http)
            async with Client(transport, mode=ERAS[era], read_timeout_seconds=DEADLINE, **arguments) as client:
                yield client


@contextmanager
def serving(site: Installation, *, address: str = "127.0.0.1:0", **remote: Any) -> Iterator[Remote]:
    """A daemon of `site` that listens on a free port; it says on stderr which."""
    site.home.mkdir(exist_ok=True)
    words = [*site.program, "daemon", "run", "--listen", address]
    with subprocess.Popen(words, cwd=site.project, env=site.environment, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            yield Remote(site, _port(daemon), daemon, **remote)
        finally:
            daemon.terminate()
            daemon.wait(DEADLINE)


def _port(daemon: "subprocess.Popen[str]") -> int:
    port = 0
    assert daemon.stderr is not None
    said = []
    for line in daemon.stderr:
        said.append(line)
        event = json.loads(line) if line.startswith("{") else {}
        port = port or int(event.get("port", 0))
        if event.get("event") == "serving":
            return port
    raise AssertionError("".join(said))
