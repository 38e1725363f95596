"""A finished or running verification: the points of its plots, and the samples that decided it."""

from collections.abc import Sequence

from sentinel.core.values.frozen import Frozen
from sentinel.core.verification.sequential_test import BOUND, SLOW_SHARE, Sample, Stream, Thresholds

POINTS = 240
"""How many points a plot has at most."""
DECIDING = 30
"""How many samples against the release are shown, the newest."""


class TracePoint(Frozen):
    """Both shares and both statistics of the test, `at` seconds after the window began."""

    at: float
    errors: float
    slow: float
    error_statistic: float
    slow_statistic: float


class Trace(Frozen):
    """`points` are in order, thinned out evenly; the test fails at `bound` and accepts at `-bound`.

    `against` are failed, slow and blind samples, the newest last; `readings` of metrics have numbers.
    """

    thresholds: Thresholds
    points: tuple[TracePoint, ...]
    answered: int
    failed: int
    slow: int
    blind: int
    against: tuple[Sample, ...]
    slow_limit: float = SLOW_SHARE
    bound: float = BOUND

    @property
    def reached_s(self) -> float:
        return self.points[-1].at if self.points else 0.0


def trace_of(samples: Sequence[Sample], thresholds: Thresholds) -> Trace:
    """`samples` are in the order of their `at`."""
    errors, slow = Stream(), Stream()
    points: list[TracePoint] = []
    blind = 0
    for sample in samples:
        if sample.kind != "probe":
            continue
        if sample.fault == "prober":
            blind += 1
            continue
        errors = errors.add(bad=not sample.ok, at=sample.at, threshold=thresholds.error_rate)
        if sample.ok and sample.latency_ms is not None:
            slow = slow.add(bad=sample.latency_ms > thresholds.latency_ms, at=sample.at, threshold=SLOW_SHARE)
        points.append(
            TracePoint(
                at=sample.at,
                errors=errors.share,
                slow=slow.share,
                error_statistic=errors.statistic,
                slow_statistic=slow.statistic,
            )
        )
    return Trace(
        thresholds=thresholds,
        points=_thinned(points),
        answered=errors.total,
        failed=errors.bad,
        slow=slow.bad,
        blind=blind,
        against=tuple(sample for sample in samples if _speaks_against(sample, thresholds))[-DECIDING:],
    )


def _thinned(points: Sequence[TracePoint]) -> tuple[TracePoint, ...]:
    """At most `POINTS` points, always with the newest."""
    step = -(-len(points) // POINTS) or 1
    return tuple(reversed(points[::-step]))


def _speaks_against(sample: Sample, thresholds: Thresholds) -> bool:
    if sample.fault == "prober" or not sample.ok:
        return True
    over = sample.error_rate is not None and sample.error_rate > thresholds.error_rate
    return over or (sample.latency_ms is not None and sample.latency_ms > thresholds.latency_ms)
