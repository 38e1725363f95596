"""What verification is decided on: thresholds, samples, and what is made of a stream of them."""

import math
from typing import Literal

from sentinel.core.values.frozen import Frozen

BOUND = math.log(0.99 / 0.01)
"""Wald's bounds for errors of 1 % of either kind: the statistic fails at +BOUND and is clamped at -BOUND."""
BAD_SECONDS = 5
"""Distinct bad seconds without which a burst does not fail a release; fewer in a shorter window."""
SHORTEST_TIMEOUT_S = 2.0
"""What a probe is given to answer, where four times the latency limit is less."""
METRIC_STREAK = 3
"""Consecutive readings of Prometheus over a threshold that fail a release; fewer where the window has not as many."""


def probe_timeout_s(latency_ms: float) -> float:
    """How long a probe waits for its answer: long enough to tell a slow service from a dead one."""
    return max(SHORTEST_TIMEOUT_S, 4 * latency_ms / 1000)


class Thresholds(Frozen):
    """What the policy asks for; `interval_s` is the time between two readings, where metrics are read."""

    error_rate: float
    latency_ms: float
    window_s: float
    rate: float
    interval_s: float | None = None

    @property
    def probe_gap_s(self) -> float:
        """Longer without the outcome of any probe, and Sentinel was blind; one that times out is no gap."""
        return probe_timeout_s(self.latency_ms) + max(1.0, 2 / self.rate)

    @property
    def metric_gap_s(self) -> float:
        return 2.5 * (self.interval_s or 0.0)

    @property
    def bad_seconds(self) -> int:
        return max(1, min(BAD_SECONDS, int(self.window_s)))

    @property
    def metric_streak(self) -> int:
        return max(1, min(METRIC_STREAK, int(self.window_s / (self.interval_s or self.window_s))))


class Sample(Frozen):
    """One look at production, whose outcome was known `at` seconds after the window began.

    A probe has `ok` and `latency_ms`; a metric reading has `error_rate` and `latency_ms`. A fault of the prober itself
    says nothing about production.
    """

    at: float
    kind: Literal["probe", "metric"] = "probe"
    ok: bool = True
    latency_ms: float | None = None
    error_rate: float | None = None
    fault: Literal["none", "target", "prober"] = "none"
    reason: str = ""


class Stream(Frozen):
    """The test of one kind of badness: its statistic and what it was made of."""

    statistic: float = 0.0
    bad: int = 0
    total: int = 0
    bad_seconds: tuple[int, ...] = ()

    def add(self, *, bad: bool, at: float, threshold: float) -> "Stream":
        p0, p1 = threshold / 2, threshold * 2
        step = math.log(p1 / p0) if bad else math.log((1 - p1) / (1 - p0))
        seconds = self.bad_seconds
        if bad and int(at) not in seconds:
            seconds = (*seconds, int(at))[-BAD_SECONDS:]
        return Stream(
            statistic=max(-BOUND, self.statistic + step),
            bad=self.bad + bad,
            total=self.total + 1,
            bad_seconds=seconds,
        )

    @property
    def share(self) -> float:
        return self.bad / self.total if self.total else 0.0


class Sight(Frozen):
    """How much of the time there was something to look at."""

    seen_at: float = 0.0
    blind_s: float = 0.0

    def see(self, at: float, gap: float, *, fault: bool) -> "Sight":
        """A look at `at`; one that came to a fault of our own saw nothing of the time since the one before it."""
        return Sight(seen_at=max(at, self.seen_at), blind_s=self.blind_at(at, 0.0 if fault else gap))

    def blind_at(self, at: float, gap: float) -> float:
        """Blind seconds up to `at`, the present gap included if it is longer than `gap`."""
        missed = at - self.seen_at
        return self.blind_s + (missed if missed > gap else 0.0)
