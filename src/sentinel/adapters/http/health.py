"""Whether a service is healthy and is the release that it should be."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import anyio

from sentinel.adapters.http.client import Client, Reply
from sentinel.core.policy.model import Production, Staging
from sentinel.core.policy.values import VersionKey
from sentinel.core.values.printable import printable
from sentinel.core.values.urls import without_login
from sentinel.core.verification.revision import answers_release, said

PERIOD_SECONDS = 0.25
ATTEMPT_SECONDS = 5.0
LOOK_SECONDS = 2.0
"""How long an address may take where it is only looked whether it is there."""
_NOT_THERE = (404, 405, 410, 501)
QUOTED = 60
"""Characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class HealthPoll:
    """Asks one target until its time is up.

    `answers` are the version, tag and commit, one of which `version_path` must answer with. An answer goes through
    `mask` before it is cut: the beginning of a secret could not be told from other text.
    """

    client: Client
    target: Staging | Production
    answers: tuple[str, str, str] | None
    headers: Mapping[str, str]
    mask: Callable[[str], str]

    async def run(self) -> str | None:
        """None as soon as health, and the revision where one is asked for, are good; else the last reason."""
        allowed = self.target.health_timeout.total_seconds()
        deadline = anyio.current_time() + allowed
        while True:
            left = deadline - anyio.current_time()
            fault = await self._fault(min(ATTEMPT_SECONDS, max(left, PERIOD_SECONDS)))
            if fault is None:
                return None
            if anyio.current_time() + PERIOD_SECONDS >= deadline:
                return f"{fault}, for {allowed:g} s."
            await anyio.sleep(PERIOD_SECONDS)

    async def missing_paths(self) -> tuple[str, ...]:
        """The addresses that are not there, each with what it answered, where the service answers at all."""
        asked = self.target.version_path
        version = asked.path if isinstance(asked, VersionKey) else asked
        paths = dict.fromkeys(path for path in (self.target.health, version) if path is not None)
        answered = await asyncio.gather(*(self._get(path, LOOK_SECONDS) for path in paths))
        return tuple(f"{shown} {reply.reason}" for shown, reply in answered if reply.status in _NOT_THERE)

    async def _fault(self, seconds: float) -> str | None:
        """Why the service is not healthy right now."""
        shown, reply = await self._get(self.target.health, seconds)
        if not reply.ok:
            return f"{shown} {reply.reason}"
        if self.target.version_path is None or self.answers is None:
            return None
        asked = self.target.version_path
        path, key = (asked.path, asked.key) if isinstance(asked, VersionKey) else (asked, None)
        shown, reply = await self._get(path, seconds)
        if not reply.ok:
            return f"{shown} {reply.reason}"
        version, tag, commit = self.answers
        if answers_release(reply.body, version=version, tag=tag, commit=commit, key=key):
            return None
        quoted = printable(self.mask(said(reply.body, key)), limit=QUOTED)
        return f'{shown} answered "{quoted}", which is not {tag}: a stale instance'

    async def _get(self, path: str, seconds: float) -> tuple[str, Reply]:
        """The address as it may be shown, and what it answered."""
        url = f"{self.target.url}{path}"
        return printable(without_login(url)), await self.client.get(url, seconds=seconds, headers=self.headers)
