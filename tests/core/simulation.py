"""Releases whose true quality is known, put through verification: how often it is wrong, and how quick."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.core.verification.sequential_test import (
    Progress,
    Sample,
    Thresholds,
    Verdict,
    judge,
    observe,
)

DEFAULTS = Thresholds(error_rate=0.01, latency_ms=500, window_s=300, rate=5)
"""Protocol 4.1 at the default rate: 1500 probes."""


@dataclass(frozen=True, slots=True)
class Service:
    """The chance that a probe fails, that an answer is slow, and when everything begins to fail for good."""

    errors: float = 0.0
    slow: float = 0.0
    outage_at: float = float("inf")

    def probes(self, thresholds: Thresholds, seed: int) -> Iterator[tuple[Sample, ...]]:
        """A second's worth of samples at a time, without end."""
        chance, number = random.Random(seed).random, 0  # noqa: S311 - a simulation, and repeatable
        per_second = round(thresholds.rate)
        while True:
            times = [(number + each + 1) / per_second for each in range(per_second)]
            number += per_second
            yield tuple(
                Sample(
                    at=at,
                    ok=chance() >= self.errors and at < self.outage_at,
                    latency_ms=2 * thresholds.latency_ms if chance() < self.slow else 10.0,
                )
                for at in times
            )


@dataclass(frozen=True, slots=True)
class Result:
    verdict: Verdict
    seconds: int
    rule: str


def simulate(service: Service, *, seed: int, thresholds: Thresholds = DEFAULTS) -> Result:
    """Verification of `service` from its first probe to the verdict, judged once a second."""
    progress = Progress()
    for second, samples in enumerate(service.probes(thresholds, seed), start=1):
        progress = observe(progress, thresholds, samples)
        judgement = judge(progress, thresholds, second)
        if judgement.verdict is not Verdict.RUNNING:
            return Result(judgement.verdict, second, judgement.rule)
    raise AssertionError("the probes have no end")


def naive(service: Service, *, seed: int, thresholds: Thresholds = DEFAULTS) -> bool:
    """Whether a cumulative counter, which fails as soon as the share of errors is over the threshold, rolls back."""
    bad = total = 0
    for second, samples in enumerate(service.probes(thresholds, seed), start=1):
        for sample in samples:
            total += 1
            bad += not sample.ok
            if bad / total > thresholds.error_rate:
                return True
        if second >= thresholds.window_s:
            return False
    raise AssertionError("the probes have no end")
