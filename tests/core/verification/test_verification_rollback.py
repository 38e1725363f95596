"""What a rollback went back to: watched by the same test, until it accepts and no longer than the window."""

from collections.abc import Callable

import pytest

from sentinel.core.verification.sequential_test import (
    Judgement,
    Progress,
    Sample,
    Thresholds,
    Verdict,
    judge_rollback,
    observe,
)
from tests.core.simulation import DEFAULTS, Service
from tests.core.verification.test_verification import SHORT, failure, own_fault, probe

ACCEPTED = "accepted by the sequential test"


def judged(look: Callable[[float], Sample | None], thresholds: Thresholds = DEFAULTS) -> tuple[Judgement, int]:
    """The judgement of what `look` sees at each probe (None: nothing), and the second in which it was made."""
    progress, rate = Progress(), round(thresholds.rate)
    for second in range(1, 5 * round(thresholds.window_s)):
        seen = [look(second - 1 + each / rate) for each in range(1, rate + 1)]
        progress = observe(progress, thresholds, [sample for sample in seen if sample is not None])
        judgement = judge_rollback(progress, thresholds, second)
        if judgement.verdict is not Verdict.RUNNING:
            return judgement, second
    raise AssertionError("it has no end")


def test_a_good_service_is_accepted_after_about_a_minute_of_a_window_of_five() -> None:
    judgement, second = judged(probe)
    assert (judgement.verdict, judgement.rule, second) == (Verdict.PASSED, ACCEPTED, 61)


def test_it_never_takes_longer_than_the_deployments_own_window() -> None:
    judgement, second = judged(probe, SHORT)
    assert (judgement.verdict, judgement.rule, second) == (Verdict.PASSED, "whole window", SHORT.window_s)


def test_a_few_failures_put_the_acceptance_off() -> None:
    judgement, second = judged(lambda at: failure(at) if at in (10.0, 20.0) else probe(at))
    assert (judgement.verdict, judgement.rule) == (Verdict.PASSED, ACCEPTED)
    assert 61 < second < 120


@pytest.mark.parametrize("every", [1, 2, 3, 10])
def test_production_that_fails_as_before_is_not_good(every: int) -> None:
    judgement, second = judged(lambda at: failure(at) if round(at * 5) % every == 0 else probe(at))
    assert (judgement.verdict, judgement.rule) == (Verdict.FAILED, "error rate, sequential test")
    assert second <= 30


def test_slow_answers_are_not_good_either() -> None:
    assert judged(lambda at: probe(at, latency_ms=900))[0].rule == "latency, sequential test"


def test_a_service_that_dies_while_it_is_watched_is_not_good() -> None:
    judgement, second = judged(lambda at: probe(at) if at <= 50 else failure(at))
    assert (judgement.verdict, judgement.rule) == (Verdict.FAILED, "error rate, sequential test")
    assert second < 60


def test_nothing_is_accepted_on_what_was_seen_before_sentinel_looked_away() -> None:
    """What came meanwhile, such as an outage, must have had the time to show."""

    def look(at: float) -> Sample | None:
        if 60 < at < 200:
            return None
        return own_fault(at) if at == 200 else probe(at)

    judgement, second = judged(look)
    assert (judgement.rule, second) == (ACCEPTED, 205)
    dead, _ = judged(lambda at: look(at) if at <= 200 else failure(at))
    assert dead.verdict is Verdict.FAILED


def test_blindness_never_passes() -> None:
    judgement, second = judged(lambda at: probe(at) if at <= 60 else None)
    assert (judgement.verdict, judgement.rule) == (Verdict.BLIND, "blindness")
    assert second > DEFAULTS.window_s
    assert judged(own_fault)[0].verdict is Verdict.BLIND


def simulated(service: Service, seed: int) -> Verdict:
    progress = Progress()
    for second, samples in enumerate(service.probes(DEFAULTS, seed), start=1):
        progress = observe(progress, DEFAULTS, samples)
        judgement = judge_rollback(progress, DEFAULTS, second)
        if judgement.verdict is not Verdict.RUNNING:
            return judgement.verdict
    raise AssertionError("the probes have no end")


@pytest.mark.parametrize(("errors", "least"), [(0.001, 99), (0.005, 96)])
def test_a_healthy_release_is_hardly_ever_taken_for_a_bad_one(errors: float, least: int) -> None:
    assert sum(simulated(Service(errors=errors), seed) is Verdict.PASSED for seed in range(100)) >= least


@pytest.mark.parametrize("errors", [0.05, 0.3])
def test_a_bad_release_is_hardly_ever_accepted(errors: float) -> None:
    assert sum(simulated(Service(errors=errors), seed) is Verdict.FAILED for seed in range(100)) >= 99
