"""Post-deployment verification: a sequential test over what production answers.

Two streams are tested: failed answers against the error rate, and slow answers against 5 % (p95 over the limit). Each
is Wald's sequential probability ratio test between half and twice its threshold. The statistic is clamped at the lower
bound and the whole window is run, since a test that stops at acceptance misses a late outage; at the end the observed
shares must not exceed their thresholds either. Evidence that then leans to bad, or is too thin, extends the window
once, at most by its own length and only until it decides; then it fails.

Time that nobody has seen never counts as good: a gap without answers, or one that ends in a fault of the prober's own,
extends the window by as much, and too much of it is a verdict of its own.

What a rollback went back to has been good before, so there the same test ends as soon as it accepts.
"""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

BOUND = math.log(0.99 / 0.01)
"""Wald's bounds for errors of 1 % of either kind: the statistic fails at +BOUND and is clamped at -BOUND."""
BAD_SECONDS = 5
"""How many distinct bad seconds fail a release, so that one burst does not; fewer in a shorter window."""
SHORTEST_TIMEOUT_S = 2.0
"""The shortest time that a probe waits; otherwise it waits four times the latency limit."""
METRIC_STREAK = 3
"""How many consecutive readings of Prometheus over a threshold fail a release; fewer if the window has fewer."""


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
    reason: FreeText = ""


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
    """How much of the time Sentinel could see production."""

    seen_at: float = 0.0
    blind_s: float = 0.0

    def see(self, at: float, gap: float, *, fault: bool) -> "Sight":
        """A look at `at`; one that came to a fault of our own saw nothing of the time since the one before it."""
        return Sight(seen_at=max(at, self.seen_at), blind_s=self.blind_at(at, 0.0 if fault else gap))

    def blind_at(self, at: float, gap: float) -> float:
        """Blind seconds up to `at`, the present gap included if it is longer than `gap`."""
        missed = at - self.seen_at
        return self.blind_s + (missed if missed > gap else 0.0)


__all__ = [
    "Judgement",
    "Progress",
    "Sample",
    "Thresholds",
    "Verdict",
    "describe",
    "judge",
    "judge_rollback",
    "observe",
    "probe_timeout_s",
]

SLOW_SHARE = 0.05
"""More than this share of slow answers means p95 over the limit."""
ENOUGH = 0.5
"""The share of the window's probes and readings that is needed to pass."""


class Progress(Frozen):
    """Everything known so far, computed from the samples alone, so that a restart continues from the stored ones.

    `answered` counts the probes since Sentinel last saw nothing.
    """

    errors: Stream = Stream()
    slow: Stream = Stream()
    probes: Sight = Sight()
    answered: int = 0
    metrics: Sight = Sight()
    readings: int = 0
    error_streak: int = 0
    latency_streak: int = 0
    last_error_rate: float = 0.0
    last_latency_ms: float = 0.0
    last_failure: str = ""
    last_blindness: str = ""

    @property
    def reached_s(self) -> float:
        """Seconds from the window's beginning to the last sample."""
        return max(self.probes.seen_at, self.metrics.seen_at)


class Verdict(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    BLIND = "blind"


class Judgement(Frozen):
    """The verdict, the rule that decided, and its numbers."""

    verdict: Verdict
    rule: str
    numbers: FreeText


def observe(progress: Progress, thresholds: Thresholds, samples: Iterable[Sample]) -> Progress:
    """`progress` with `samples` added, in the order of their `at`."""
    for sample in samples:
        fields = (
            _probe(progress, thresholds, sample) if sample.kind == "probe" else _reading(progress, thresholds, sample)
        )
        progress = progress.model_copy(update=fields)
    return progress


def _probe(progress: Progress, thresholds: Thresholds, sample: Sample) -> dict[str, object]:
    blind = sample.fault == "prober"
    fields: dict[str, object] = {"probes": progress.probes.see(sample.at, thresholds.probe_gap_s, fault=blind)}
    if blind:
        return {**fields, "answered": 0, "last_blindness": sample.reason}
    fields["answered"] = progress.answered + 1
    fields["errors"] = progress.errors.add(bad=not sample.ok, at=sample.at, threshold=thresholds.error_rate)
    if not sample.ok:
        return {**fields, "last_failure": sample.reason}
    if sample.latency_ms is not None:
        slow = sample.latency_ms > thresholds.latency_ms
        fields["slow"] = progress.slow.add(bad=slow, at=sample.at, threshold=SLOW_SHARE)
    return fields


def _reading(progress: Progress, thresholds: Thresholds, sample: Sample) -> dict[str, object]:
    error_rate, latency = sample.error_rate, sample.latency_ms
    gap = thresholds.metric_gap_s
    if sample.fault == "prober" or error_rate is None or latency is None:
        return {"metrics": progress.metrics.see(sample.at, gap, fault=True), "last_blindness": sample.reason}
    return {
        "metrics": progress.metrics.see(sample.at, gap, fault=False),
        "readings": progress.readings + 1,
        "error_streak": progress.error_streak + 1 if error_rate > thresholds.error_rate else 0,
        "latency_streak": progress.latency_streak + 1 if latency > thresholds.latency_ms else 0,
        "last_error_rate": error_rate,
        "last_latency_ms": latency,
    }


def judge(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> Judgement:
    """The judgement `elapsed_s` seconds after the window began."""
    failure = _failure(progress, thresholds)
    if failure is not None:
        return failure
    blind = _blind_s(progress, thresholds, elapsed_s)
    longest_gap = max(thresholds.probe_gap_s, thresholds.metric_gap_s)
    if blind > max(thresholds.window_s, 2 * longest_gap):
        reason = f" ({progress.last_blindness})" if progress.last_blindness else ""
        return Judgement(
            verdict=Verdict.BLIND,
            rule="blindness",
            numbers=f"Sentinel could not see production for {blind:.0f} s{reason}",
        )
    seen = elapsed_s - blind
    if seen < thresholds.window_s:
        return Judgement(verdict=Verdict.RUNNING, rule="window", numbers=describe(progress))
    return _at_the_end(
        progress, thresholds, extended=seen >= thresholds.window_s + max(thresholds.window_s, longest_gap)
    )


def judge_rollback(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> Judgement:
    """The same after a rollback: it ends when the test accepts, at the latest with the window."""
    judgement = judge(progress, thresholds, elapsed_s)
    if judgement.verdict is Verdict.RUNNING and _accepted(progress, thresholds, elapsed_s):
        return Judgement(verdict=Verdict.PASSED, rule="accepted by the sequential test", numbers=describe(progress))
    return judgement


def _accepted(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> bool:
    """Both tests are at their lower bound, and nothing that came after the last blindness speaks against it."""
    errors, slow = progress.errors, progress.slow
    if max(errors.statistic, slow.statistic) > -BOUND:
        return False
    if errors.share > thresholds.error_rate or slow.share > SLOW_SHARE:
        return False
    if progress.probes.blind_at(elapsed_s, thresholds.probe_gap_s) > progress.probes.blind_s:
        return False
    return progress.answered >= thresholds.rate * thresholds.bad_seconds


def _failure(progress: Progress, thresholds: Thresholds) -> Judgement | None:
    """A statistic over its bound in enough distinct seconds, or a streak of readings over a threshold."""
    errors, slow = progress.errors, progress.slow
    if errors.statistic >= BOUND and len(errors.bad_seconds) >= thresholds.bad_seconds:
        return _failed("error rate, sequential test", _errors(progress, thresholds.error_rate))
    if slow.statistic >= BOUND and len(slow.bad_seconds) >= thresholds.bad_seconds:
        return _failed("latency, sequential test", _slow(progress, thresholds.latency_ms))
    if progress.error_streak >= thresholds.metric_streak:
        numbers = f"{_percent(progress.last_error_rate)} errors, limit {_percent(thresholds.error_rate)}"
        return _failed("error rate, metrics", f"{numbers}, in {progress.error_streak} readings in a row")
    if progress.latency_streak >= thresholds.metric_streak:
        numbers = f"{progress.last_latency_ms:.0f} ms, limit {thresholds.latency_ms:g} ms"
        return _failed("latency, metrics", f"{numbers}, in {progress.latency_streak} readings in a row")
    return None


def _at_the_end(progress: Progress, thresholds: Thresholds, *, extended: bool) -> Judgement:
    """After the whole window: the observed shares decide first, then whether there is enough evidence."""
    errors, slow = progress.errors, progress.slow
    if errors.share > thresholds.error_rate:
        return _failed("observed error rate over the window", _errors(progress, thresholds.error_rate))
    if slow.share > SLOW_SHARE:
        return _failed("observed slow answers over the window", _slow(progress, thresholds.latency_ms))
    leaning = max(errors.statistic, slow.statistic) > 0 or progress.error_streak or progress.latency_streak
    if _enough(progress, thresholds) and not leaning:
        return Judgement(verdict=Verdict.PASSED, rule="whole window", numbers=describe(progress))
    verdict = Verdict.FAILED if extended else Verdict.RUNNING
    return Judgement(verdict=verdict, rule="inconclusive", numbers=describe(progress))


def _failed(rule: str, numbers: str) -> Judgement:
    return Judgement(verdict=Verdict.FAILED, rule=rule, numbers=numbers)


def _enough(progress: Progress, thresholds: Thresholds) -> bool:
    window = ENOUGH * thresholds.window_s
    if progress.errors.total < max(1, int(window * thresholds.rate)):
        return False
    return thresholds.interval_s is None or progress.readings >= max(1, int(window / thresholds.interval_s))


def _blind_s(progress: Progress, thresholds: Thresholds, elapsed_s: float) -> float:
    probes = progress.probes.blind_at(elapsed_s, thresholds.probe_gap_s)
    if thresholds.interval_s is None:
        return probes
    return max(probes, progress.metrics.blind_at(elapsed_s, thresholds.metric_gap_s))


def describe(progress: Progress) -> str:
    """The numbers in words: `12 of 1500 probes failed (0.8 %), 3 of 1488 answers were slow (0.2 %)`."""
    text = f"{_errors(progress)}, {_slow(progress)}"
    return f"{text}; {progress.readings} readings of metrics" if progress.readings else text


def _errors(progress: Progress, limit: float | None = None) -> str:
    stream = progress.errors
    text = f"{stream.bad} of {stream.total} probes failed ({_percent(stream.share)})"
    if limit is not None:
        text += f", limit {_percent(limit)}"
    return f"{text}, the last one: {progress.last_failure}" if progress.last_failure else text


def _slow(progress: Progress, limit_ms: float | None = None) -> str:
    stream = progress.slow
    text = f"{stream.bad} of {stream.total} answers were slow ({_percent(stream.share)})"
    return text if limit_ms is None else f"{text}, limit {_percent(SLOW_SHARE)} over {limit_ms:g} ms"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
