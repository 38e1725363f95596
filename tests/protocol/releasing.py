"""A whole release in one go, for tests of what comes after it, and a production that is what was deployed last."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from anyio.from_thread import start_blocking_portal
from mcp import Client

from tests.adapters.http_services import Behaviour, Service, answers, serve
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small

ENDS = ("IDLE", "ACTIVE", "HALTED")
"""States in which a production deployment has come to its end, well or badly."""
SLOW_S = 2.0
"""The limit for answers of a service in the test, on a machine that is busy with other tests."""


@dataclass(slots=True)
class Live:
    """The small project's production: its scripts write down which version runs, and every path answers with that.

    `faults` are versions that behave otherwise; `answer` is what the version is said in.
    """

    small: Small
    faults: dict[str, Behaviour] = field(default_factory=dict)
    answer: str = "{}"

    @classmethod
    def create(cls, small: Small) -> "Live":
        live = cls(small)
        small.production.behaviour = live._answer
        live.script("production", "")
        live.script("rollback", "")
        slow = {"production.verification": {"latency": f"{SLOW_S:g}s"}}
        small.change_policy({"production": {"version_path": "/version", "health_timeout": "2s"}, **slow})
        small.commit("Say which version runs")
        return live

    def script(self, name: str, first: str) -> None:
        """The script `name` of production, which does `first` before it does its work."""
        version = "SENTINEL_PREVIOUS_VERSION" if name == "rollback" else "SENTINEL_VERSION"
        self.small.script(name, f'{first}\necho "${version}" >{self.running}')

    @property
    def running(self) -> Path:
        return self.small.marks.with_suffix(".running")

    def file(self, name: str) -> Path:
        """A file beside the marks, for what a script and a test tell each other."""
        return self.small.marks.with_suffix(f".{name}")

    def version(self) -> str:
        """What production answers to anybody."""
        connection = HTTPConnection(urlsplit(self.small.production.url).netloc, timeout=5)
        try:
            connection.request("GET", "/version")
            return connection.getresponse().read().decode().strip()
        finally:
            connection.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        version = self.running.read_text().strip() if self.running.exists() else ""
        said = self.answer.format(version).encode() if version else b""
        behaviour = self.faults.get(version, answers(200 if version else 503, said))
        await behaviour(writer)


@asynccontextmanager
async def governed(site: Installation, *, era: str = "2026") -> AsyncIterator[Client]:
    """An agent's client of a project whose policy is trusted."""
    async with site.client(era) as client:
        site.pin()
        yield client


async def to_approved(client: Client, site: Installation, type: str = "minor") -> str:
    """The next release, approved: production is about to be entered. Its tag."""
    await agent.to_candidate(client, type)
    tag = str((await agent.state(client))["release"]["tag"])
    await agent.good(client, "deploy", target="staging")
    await agent.until_unlocked(client, "production")
    await agent.good(client, "deploy", target="production", version=tag)
    confirm(site)
    return tag


async def release(client: Client, site: Installation, type: str = "minor") -> dict[str, Any]:
    """The next release to its end, whatever that is."""
    await to_approved(client, site, type)
    return await agent.until_state(client, *ENDS)


def confirm(site: Installation, phrase: str = "DEPLOY-NOW") -> Any:
    """What `sentinel approve` does once the phrase is typed."""
    question = site.operator.ask("question")
    named = {name: question[name] for name in ("approval_id", "plan_digest")}
    return site.operator.ask("approve", **named, phrase=phrase, channel="terminal")


def history(site: Installation) -> list[dict[str, Any]]:
    """The audit history, oldest first."""
    return list(site.operator.ask("audit_entries", after=0, limit=1000))


def summaries(site: Installation, on: str) -> list[str]:
    """What the history says of every transition on the event `on`."""
    return [str(entry["summary"]) for entry in history(site) if entry["data"].get("on") == on]


def samples(site: Installation) -> list[dict[str, Any]]:
    """What the store, a SQLite file here, keeps of every look at production."""
    with closing(sqlite3.connect(f"file:{site.home}/sentinel.db?mode=ro", uri=True)) as store:
        return [json.loads(row[0]) for row in store.execute("SELECT sample FROM samples ORDER BY position")]


@contextmanager
def service(behaviour: Behaviour) -> Iterator[Service]:
    """A service on a thread of its own: it answers while the test itself waits for a command."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(behaviour)) as running:
        yield running


def notify(site: Installation, *urls: str) -> None:
    """Has the daemon, which must not have started yet, tell the services at `urls`."""
    addresses = [url.replace("http://", "json://") for url in urls]
    site.home.mkdir(exist_ok=True)
    (site.home / "daemon.toml").write_text(f"[notifications]\naddresses = {json.dumps(addresses)}\n")


def told(inbox: Service) -> list[str]:
    """The titles of the notices that came to `inbox`."""
    return [str(json.loads(request.body)["title"]) for request in inbox.requests]
