"""What the plots of a verification show."""

from sentinel.core.verification.sequential_test import BOUND, Progress, Sample, Thresholds, observe
from sentinel.core.verification.trace import DECIDING, POINTS, trace_of

RULES = Thresholds(error_rate=0.01, latency_ms=500, window_s=300, rate=5)


def probes(count: int, *, bad_every: int = 0) -> list[Sample]:
    return [
        Sample(at=n / 5, ok=not (bad_every and n % bad_every == 0), latency_ms=20.0, reason="answered 500")
        for n in range(1, count + 1)
    ]


def test_the_newest_point_is_what_the_verification_itself_knows() -> None:
    samples = probes(1001, bad_every=40)
    trace, known = trace_of(samples, RULES), observe(Progress(), RULES, samples)
    newest = trace.points[-1]
    assert (newest.at, newest.errors, newest.error_statistic) == (
        samples[-1].at,
        known.errors.share,
        known.errors.statistic,
    )
    assert (newest.slow, newest.slow_statistic) == (known.slow.share, known.slow.statistic)
    assert (trace.answered, trace.failed, trace.bound) == (1001, 25, BOUND)


def test_many_samples_are_thinned_out_and_those_against_are_kept() -> None:
    trace = trace_of(probes(5000, bad_every=50), RULES)
    assert POINTS / 2 < len(trace.points) <= POINTS
    assert len(trace.against) == DECIDING
    assert trace.against[-1].at == 1000.0


def test_blind_slow_and_metric_samples_speak_against_a_release() -> None:
    samples = [
        Sample(at=1, ok=False, fault="prober", reason="asleep"),
        Sample(at=2, latency_ms=900.0),
        Sample(at=3, kind="metric", error_rate=0.2, latency_ms=10.0),
        Sample(at=4, latency_ms=10.0),
    ]
    trace = trace_of(samples, RULES)
    assert [sample.at for sample in trace.against] == [1, 2, 3]
    assert (trace.blind, trace.answered, trace.slow) == (1, 2, 1)


def test_nothing_is_a_trace_too() -> None:
    trace = trace_of([], RULES)
    assert (trace.points, trace.reached_s) == ((), 0.0)
