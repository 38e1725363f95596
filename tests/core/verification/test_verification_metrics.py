"""Where Prometheus is integrated, its readings decide beside the probes."""

import pytest

from sentinel.core.verification.sequential_test import (
    Judgement,
    Progress,
    Sample,
    Thresholds,
    Verdict,
    judge,
    observe,
)

LIMITS = Thresholds(error_rate=0.01, latency_ms=500, window_s=60, rate=1, interval_s=5)
GOOD, FAILING, SLOW = (0.001, 80.0), (0.07, 80.0), (0.001, 700.0)
Reading = tuple[float, float] | None


def judged(*readings: Reading, thresholds: Thresholds = LIMITS) -> Judgement:
    """The judgement after these readings, one each interval, of a service that answers every probe well."""
    progress, interval = Progress(), thresholds.interval_s or 0.0
    elapsed = len(readings) * interval
    for number, reading in enumerate(readings):
        progress = observe(progress, thresholds, [sample_of(number * interval, reading)])
    probes = [Sample(at=each / thresholds.rate, latency_ms=20) for each in range(1 + round(elapsed * thresholds.rate))]
    return judge(observe(progress, thresholds, probes), thresholds, elapsed)


def sample_of(at: float, reading: Reading) -> Sample:
    if reading is None:
        return Sample(at=at, kind="metric", ok=False, fault="prober", reason="Prometheus answered nan")
    return Sample(at=at, kind="metric", error_rate=reading[0], latency_ms=reading[1])


def test_good_readings_pass_with_the_window() -> None:
    assert judged(*[GOOD] * 11).verdict is Verdict.RUNNING
    judgement = judged(*[GOOD] * 12)
    assert judgement.verdict is Verdict.PASSED
    assert judgement.numbers.endswith("12 readings of metrics")


@pytest.mark.parametrize(
    ("reading", "rule", "numbers"),
    [
        (FAILING, "error rate, metrics", "7 % errors, limit 1 %, in 3 readings in a row"),
        (SLOW, "latency, metrics", "700 ms, limit 500 ms, in 3 readings in a row"),
    ],
)
def test_three_readings_in_a_row_over_a_threshold_fail(reading: Reading, rule: str, numbers: str) -> None:
    assert judged(GOOD, reading, reading).verdict is Verdict.RUNNING
    judgement = judged(GOOD, reading, reading, reading)
    assert (judgement.verdict, judgement.rule, judgement.numbers) == (Verdict.FAILED, rule, numbers)


def test_readings_over_a_threshold_that_are_not_in_a_row_do_not_fail() -> None:
    assert judged(*[FAILING, FAILING, GOOD] * 4).verdict is Verdict.PASSED


def test_a_window_that_has_fewer_readings_needs_fewer() -> None:
    short = LIMITS.model_copy(update={"window_s": 10.0})
    assert judged(FAILING, FAILING, thresholds=short).verdict is Verdict.FAILED


def test_a_reading_over_a_threshold_at_the_end_extends_the_window() -> None:
    judgement = judged(*[GOOD] * 11, FAILING)
    assert (judgement.verdict, judgement.rule) == (Verdict.RUNNING, "inconclusive")
    assert judged(*[GOOD] * 11, FAILING, GOOD).verdict is Verdict.PASSED


def test_a_reading_that_cannot_be_had_extends_the_window_by_an_interval() -> None:
    readings: list[Reading] = [GOOD, None, None, *[GOOD] * 10]
    assert judged(*readings).verdict is Verdict.RUNNING
    assert judged(*readings, GOOD).verdict is Verdict.PASSED


def test_a_prometheus_that_never_answers_is_blindness_and_not_a_failure() -> None:
    judgement = judged(*[None] * 14)
    assert (judgement.verdict, judgement.rule) == (Verdict.BLIND, "blindness")
    assert judgement.numbers == "Sentinel could not see production for 65 s (Prometheus answered nan)"
    assert judged(*[None] * 12).verdict is Verdict.RUNNING


def test_a_reading_without_one_of_its_values_is_none() -> None:
    progress = observe(Progress(), LIMITS, [Sample(at=5, kind="metric", error_rate=0.5)])
    assert (progress.readings, progress.error_streak, progress.metrics.blind_s) == (0, 0, 5)
