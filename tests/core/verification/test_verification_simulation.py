"""The figures that the design promises of verification, each with the bound it was promised with.

`make bench` takes them from thousands of releases; the few here are the same at every run.
"""

import statistics

import pytest

from sentinel.core.verification.sequential_test import Thresholds, Verdict
from tests.core.simulation import Service, naive, simulate

RUNS = 100


def failed(service: Service, runs: int) -> list[int]:
    """After how many seconds verification failed, in those of the runs in which it did."""
    results = [simulate(service, seed=seed) for seed in range(runs)]
    assert all(result.verdict in (Verdict.FAILED, Verdict.PASSED) for result in results)
    return [result.seconds for result in results if result.verdict is Verdict.FAILED]


def test_a_cumulative_counter_would_roll_back_half_of_the_healthy_releases() -> None:
    runs = 200
    share = sum(naive(Service(errors=0.005), seed=seed) for seed in range(runs)) / runs
    assert 0.42 < share < 0.57


def test_hardly_a_healthy_release_is_rolled_back() -> None:
    assert len(failed(Service(errors=0.005), RUNS)) / RUNS <= 0.015


def test_twice_the_threshold_is_caught_in_nearly_every_release() -> None:
    assert len(failed(Service(errors=0.02), RUNS)) / RUNS >= 0.98


def test_five_times_the_threshold_is_caught_in_seconds() -> None:
    seconds = failed(Service(errors=0.05), RUNS)
    assert len(seconds) == RUNS
    assert statistics.median(seconds) <= 25


@pytest.mark.parametrize("begins", [0, 30, 290])
def test_an_outage_is_caught_within_five_seconds_however_good_it_was_before(begins: int) -> None:
    seconds = failed(Service(outage_at=begins), 30)
    assert len(seconds) == 30
    assert all(second - begins <= 5 for second in seconds)


def test_slow_answers_are_caught_in_seconds_and_a_few_of_them_are_not() -> None:
    seconds = failed(Service(slow=0.2), RUNS)
    assert len(seconds) == RUNS
    assert statistics.median(seconds) <= 10
    assert failed(Service(slow=0.01), 25) == []


@pytest.mark.parametrize(
    ("service", "verdict"),
    [(Service(), Verdict.PASSED), (Service(slow=1), Verdict.FAILED), (Service(errors=1), Verdict.FAILED)],
)
def test_a_window_of_three_seconds_decides_too(service: Service, verdict: Verdict) -> None:
    thresholds = Thresholds(error_rate=0.01, latency_ms=500, window_s=3, rate=20)
    result = simulate(service, seed=1, thresholds=thresholds)
    assert (result.verdict, result.seconds <= 3) == (verdict, True)
