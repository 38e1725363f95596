"""What hostile clients may not change, and whether they have."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.fuzz.target import Target
from tests.protocol.installation import ERAS

SETTLE_SECONDS = 30.0
"""Connections that were left without a word are ended within it."""
EXPECTED_ENTRIES = frozenset({"call.locked", "finding.recorded"})
"""What hostile calls leave in the audit log: that somebody tried."""


@dataclass(frozen=True, slots=True)
class State:
    """`entries` are those of the audit log, `links` the open connections."""

    status: dict[str, Any]
    tokens: list[str]
    entries: int
    links: int


def state_of(target: Target) -> State:
    operator = target.site.operator
    status = {name: value for name, value in operator.ask("status")["status"].items() if name != "message"}
    entries = operator.ask("verify_audit")["entries"]
    return State(status, sorted(token["id"] for token in operator.ask("tokens")), entries, _links(target))


async def changes(target: Target, before: State) -> list[str]:
    if not target.process.is_running() or target.process.status() == "zombie":
        return ["the daemon has died"]
    found = []
    now = state_of(target)
    if (now.status, now.tokens) != (before.status, before.tokens):
        found.append(f"the project was {json.dumps(before.status)}, and is {json.dumps(now.status)}")
    if target.site.operator.ask("verify_audit")["fault"] is not None:
        found.append("the audit log is broken")
    new = {entry["kind"] for entry in _entries(target, before.entries)}
    found.extend(f"an audit entry {kind}" for kind in sorted(new - EXPECTED_ENTRIES))
    if not await _settled(target, before.links):
        found.append(f"{_links(target)} connections are open, {before.links} were before")
    return found


def _entries(target: Target, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := target.site.operator.ask("audit_entries", after=after + len(found), limit=1000):
        found.extend(page)
    return found


async def _settled(target: Target, links: int) -> bool:
    deadline = time.monotonic() + SETTLE_SECONDS
    while _links(target) > links + len(ERAS):  # a witness opens and closes some of its own
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


def _links(target: Target) -> int:
    return sum(link.status in ("NONE", "ESTABLISHED", "CLOSE_WAIT") for link in target.process.net_connections("all"))
