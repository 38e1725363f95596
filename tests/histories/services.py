"""What runs on staging and in production, seen over a network; and the people who are told."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from sentinel.core.policy.model import Policy, Production, Staging
from sentinel.core.verification.prometheus import Reading
from sentinel.core.verification.sequential_test import Sample
from tests.histories.disk import DaemonProcess
from tests.histories.outside import Outside

BATCH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class FakeServices:
    outside: Outside
    process: DaemonProcess

    async def healthy(self, target: Staging | Production, *, answers: tuple[str, str, str] | None) -> str | None:
        await asyncio.sleep(self.outside.chance.random())
        await self.process.let_others_run()
        odds = self.outside.odds
        bad = self.outside.happens(odds.staging if isinstance(target, Staging) else odds.production)
        return f"{answers} does not answer" if bad else None

    async def missing_paths(self, target: Staging | Production) -> tuple[str, ...]:
        assert target.health
        return ()

    async def metrics(self, policy: Policy) -> tuple[Reading, ...]:
        assert policy.production.verification.prometheus is None
        return ()

    async def observe(self, policy: Policy, offset: Callable[[], float]) -> AsyncGenerator[tuple[Sample, ...], None]:
        assert policy.project.id
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            await self.process.let_others_run()
            yield (self._sample(offset() - 1), self._sample(offset()))

    def _sample(self, at: float) -> Sample:
        odds = self.outside.odds
        if self.outside.happens(odds.blindness):
            return Sample(at=at, ok=False, fault="prober", reason="no network here")
        if self.outside.happens(odds.production):
            return Sample(at=at, ok=False, fault="target", reason="status 500")
        return Sample(at=at, latency_ms=10.0)


@dataclass(frozen=True, slots=True)
class FakeNotifier:
    outside: Outside
    process: DaemonProcess

    async def tell(self, title: str, body: str) -> None:
        await self.process.let_others_run()
        self.outside.told.append(title)
        self.outside.say(f"people are told: {title} ({len(body)} characters)")
        await asyncio.sleep(self.outside.chance.random())
