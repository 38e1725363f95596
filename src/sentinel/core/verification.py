"""Post-deployment verification (protocol 4.1, design 6): a sequential test over what production answers.

Two streams are tested: failed answers against the error rate, and slow answers against 5 % (p95 over the limit). Each
is Wald's sequential probability ratio test between half and twice its threshold. The statistic is clamped at the lower
bound and the whole window is run, since a test that stops at acceptance misses a late outage. Time that nobody has
seen never counts as good: it extends the window, and too much of it is a verdict of its own.
"""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from sentinel.core.frozen import Frozen

BOUND = math.log(0.99 / 0.01)
"""Wald's bounds for errors of 1 % of either kind: the statistic fails at +BOUND and is clamped at -BOUND (design 6)."""
BAD_SECONDS = 5
"""Distinct bad seconds without which a burst does not fail a release (design 6)."""
SLOW_SHARE = 0.05
"""More than this share of slow answers means p95 over the limit (design 6)."""
GAP_SECONDS = 2.0
"""Longer without an answer to look at, and Sentinel was blind."""
METRIC_STREAK = 3
"""Consecutive readings of Prometheus over a threshold that fail a release."""


class Thresholds(Frozen):
    """What the policy asks for; `interval_s` is the time between two readings, where metrics are read."""

    error_rate: float
    latency_ms: float
    window_s: float
    rate: float
    interval_s: float | None = None


class Sample(Frozen):
    """One look at production, `at` seconds after the window began.

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

    def see(self, at: float, gap: float) -> "Sight":
        return Sight(seen_at=max(at, self.seen_at), blind_s=self.blind_at(at, gap))

    def blind_at(self, at: float, gap: float) -> float:
        """Blind seconds up to `at`, the present gap included."""
        missed = at - self.seen_at
        return self.blind_s + (missed if missed > gap else 0.0)


class Progress(Frozen):
    """All that is known so far; made from the samples alone, so that a restart goes on from the stored ones."""

    errors: Stream = Stream()
    slow: Stream = Stream()
    probes: Sight = Sight()
    metrics: Sight = Sight()
    readings: int = 0
    error_streak: int = 0
    latency_streak: int = 0
    last_error_rate: float = 0.0
    last_latency_ms: float = 0.0
    last_reason: str = ""


class Verdict(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    BLIND = "blind"


class Judgement(Frozen):
    """The verdict, which rule decided, and the numbers that it decided on."""

    verdict: Verdict
    rule: str
    numbers: str


def observe(progress: Progress, thresholds: Thresholds, samples: Iterable[Sample]) -> Progress:
    """`progress` with `samples` added; those of a blind prober change nothing but its reason."""
    for sample in samples:
        if sample.fault == "prober":
            progress = progress.model_copy(update={"last_reason": sample.reason})
        elif sample.kind == "probe":
            progress = _probe(progress, thresholds, sample)
        else:
            progress = _reading(progress, thresholds, sample)
    return progress


def _probe(progress: Progress, thresholds: Thresholds, sample: Sample) -> Progress:
    fields: dict[str, object] = {
        "errors": progress.errors.add(bad=not sample.ok, at=sample.at, threshold=thresholds.error_rate),
        "probes": progress.probes.see(sample.at, _probe_gap(thresholds)),
    }
    if sample.ok and sample.latency_ms is not None:
        slow = sample.latency_ms > thresholds.latency_ms
        fields["slow"] = progress.slow.add(bad=slow, at=sample.at, threshold=SLOW_SHARE)
    if not sample.ok:
        fields["last_reason"] = sample.reason
    return progress.model_copy(update=fields)


def _reading(progress: Progress, thresholds: Thresholds, sample: Sample) -> Progress:
    error_rate, latency = sample.error_rate or 0.0, sample.latency_ms or 0.0
    return progress.model_copy(
        update={
            "metrics": progress.metrics.see(sample.at, _metric_gap(thresholds)),
            "readings": progress.readings + 1,
            "error_streak": progress.error_streak + 1 if error_rate > thresholds.error_rate else 0,
            "latency_streak": progress.latency_streak + 1 if latency > thresholds.latency_ms else 0,
            "last_error_rate": error_rate,
            "last_latency_ms": latency,
        }
    )


def judge(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> Judgement:
    """What is known `elapsed_s` seconds after the window began."""
    failure = _failure(progress, thresholds)
    if failure is not None:
        return failure
    blind = _blind_s(progress, thresholds, elapsed_s)
    if blind > max(thresholds.window_s, 2 * GAP_SECONDS):
        reason = f" ({progress.last_reason})" if progress.last_reason else ""
        return Judgement(
            verdict=Verdict.BLIND, rule="blindness", numbers=f"production was out of sight for {blind:.0f} s{reason}"
        )
    seen = elapsed_s - blind
    if seen < thresholds.window_s:
        return _judgement(Verdict.RUNNING, "window", progress)
    return _at_the_end(progress, thresholds, extended=seen >= 2 * thresholds.window_s)


def _failure(progress: Progress, thresholds: Thresholds) -> Judgement | None:
    """A statistic over its bound in enough distinct seconds, or a streak of readings over a threshold."""
    needed = max(1, min(BAD_SECONDS, int(thresholds.window_s)))
    for rule, stream in (("error rate, sequential test", progress.errors), ("latency, sequential test", progress.slow)):
        if stream.statistic >= BOUND and len(stream.bad_seconds) >= needed:
            return _judgement(Verdict.FAILED, rule, progress)
    if progress.error_streak >= METRIC_STREAK:
        numbers = f"{progress.last_error_rate:.2%} errors in {progress.error_streak} readings in a row"
        return Judgement(verdict=Verdict.FAILED, rule="error rate, metrics", numbers=numbers)
    if progress.latency_streak >= METRIC_STREAK:
        numbers = f"{progress.last_latency_ms:.0f} ms in {progress.latency_streak} readings in a row"
        return Judgement(verdict=Verdict.FAILED, rule="latency, metrics", numbers=numbers)
    return None


def _at_the_end(progress: Progress, thresholds: Thresholds, *, extended: bool) -> Judgement:
    """The whole window was seen: the observed rates decide, and evidence that leans to bad is given one more window."""
    if progress.errors.share > thresholds.error_rate:
        return _judgement(Verdict.FAILED, "error rate over the window", progress)
    if progress.slow.share > SLOW_SHARE:
        return _judgement(Verdict.FAILED, "slow answers over the window", progress)
    leaning = (
        max(progress.errors.statistic, progress.slow.statistic) > 0 or progress.error_streak or progress.latency_streak
    )
    if not leaning:
        return _judgement(Verdict.PASSED, "whole window", progress)
    verdict = Verdict.FAILED if extended else Verdict.RUNNING
    return _judgement(verdict, "inconclusive", progress)


def _blind_s(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> float:
    probes = progress.probes.blind_at(elapsed_s, _probe_gap(thresholds))
    if thresholds.interval_s is None:
        return probes
    return max(probes, progress.metrics.blind_at(elapsed_s, _metric_gap(thresholds)))


def _probe_gap(thresholds: Thresholds) -> float:
    return max(GAP_SECONDS, 3 / thresholds.rate)


def _metric_gap(thresholds: Thresholds) -> float:
    return 2.5 * (thresholds.interval_s or 0.0)


def _judgement(verdict: Verdict, rule: str, progress: Progress) -> Judgement:
    return Judgement(verdict=verdict, rule=rule, numbers=describe(progress))


def describe(progress: Progress) -> str:
    """The numbers in words: `12 of 1500 probes failed (0.80 %), 3 of 1488 answers were slow (0.20 %)`."""
    errors, slow = progress.errors, progress.slow
    text = (
        f"{errors.bad} of {errors.total} probes failed ({errors.share:.2%}), "
        f"{slow.bad} of {slow.total} answers were slow ({slow.share:.2%})"
    )
    if errors.bad and progress.last_reason:
        text += f"; the last failure: {progress.last_reason}"
    return f"{text}; {progress.readings} readings of metrics" if progress.readings else text
