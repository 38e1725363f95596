"""When post-deployment verification runs on, passes, fails, or says that it could not see."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.verification.sequential_test import (
    Judgement,
    Progress,
    Sample,
    Stream,
    Thresholds,
    Verdict,
    describe,
    judge,
    observe,
    probe_timeout_s,
)

LIMITS = Thresholds(error_rate=0.01, latency_ms=500, window_s=300, rate=5)
SHORT = Thresholds(error_rate=0.01, latency_ms=500, window_s=3, rate=20)


def probe(at: float, *, ok: bool = True, latency_ms: float = 20.0) -> Sample:
    return Sample(at=at, ok=ok, latency_ms=latency_ms) if ok else failure(at)


def failure(at: float) -> Sample:
    return Sample(at=at, ok=False, fault="target", reason="answered 500")


def own_fault(at: float, kind: str = "probe") -> Sample:
    return Sample.model_validate(
        {"at": at, "kind": kind, "ok": False, "fault": "prober", "reason": "Sentinel itself stood still"}
    )


def judged_until_the_end(
    look: Callable[[float], Sample | None], thresholds: Thresholds = LIMITS
) -> tuple[Judgement, int]:
    """Verification of what `look` sees at each probe (None: nothing), judged every second; and when it ended."""
    progress, rate = Progress(), round(thresholds.rate)
    for second in range(1, 5 * round(thresholds.window_s)):
        samples = [look(second - 1 + each / rate) for each in range(1, rate + 1)]
        progress = observe(progress, thresholds, [sample for sample in samples if sample is not None])
        judgement = judge(progress, thresholds, second)
        if judgement.verdict is not Verdict.RUNNING:
            return judgement, second
    raise AssertionError("verification has no end")


@pytest.mark.parametrize("thresholds", [LIMITS, SHORT])
def test_a_good_service_passes_once_the_whole_window_was_seen(thresholds: Thresholds) -> None:
    judgement, second = judged_until_the_end(probe, thresholds)
    assert (judgement.verdict, judgement.rule, second) == (Verdict.PASSED, "whole window", thresholds.window_s)


@pytest.mark.parametrize("window_s", [1, 2, 3, 5, 60])
def test_a_service_slower_than_the_limit_fails_however_short_the_window(window_s: int) -> None:
    thresholds = SHORT.model_copy(update={"window_s": float(window_s)})
    judgement, second = judged_until_the_end(lambda at: probe(at, latency_ms=501), thresholds)
    assert (judgement.verdict, judgement.rule) == (Verdict.FAILED, "latency, sequential test")
    assert second <= min(window_s, 5)


def test_an_answer_at_the_limit_is_not_slow() -> None:
    assert judged_until_the_end(lambda at: probe(at, latency_ms=500))[0].verdict is Verdict.PASSED


def test_more_than_five_percent_slow_answers_over_the_window_fail() -> None:
    judgement, _ = judged_until_the_end(lambda at: probe(at, latency_ms=900 if round(at * 5) % 19 == 0 else 20))
    assert judgement.verdict is Verdict.FAILED
    assert judgement.numbers == "78 of 1500 answers were slow (5.2 %), limit 5 % over 500 ms"


def test_a_failed_answer_is_not_a_slow_one_as_well() -> None:
    progress = observe(Progress(), LIMITS, [Sample(at=1, ok=False, fault="target", latency_ms=9000)])
    assert (progress.errors.bad, progress.slow.total) == (1, 0)


def test_a_burst_of_less_than_five_seconds_does_not_fail_a_release() -> None:
    judgement, second = judged_until_the_end(lambda at: probe(at, ok=not 50 < at <= 52))
    assert (judgement.verdict, second) == (Verdict.PASSED, 300)


def test_a_share_of_failures_over_the_threshold_fails_at_the_end_at_the_latest() -> None:
    judgement, second = judged_until_the_end(lambda at: probe(at, ok=round(at * 5) % 90 != 0))
    assert (judgement.rule, second) == ("observed error rate over the window", 300)
    assert judgement.numbers == "16 of 1500 probes failed (1.07 %), limit 1 %, the last one: answered 500"


def test_evidence_that_leans_to_bad_at_the_end_extends_the_window_until_it_decides() -> None:
    judgement, second = judged_until_the_end(lambda at: probe(at, ok=not 296 < at <= 298))
    assert judgement.verdict is Verdict.PASSED
    assert 300 < second < 600


@pytest.mark.parametrize(
    ("elapsed_s", "verdict"), [(300, Verdict.RUNNING), (599, Verdict.RUNNING), (600, Verdict.FAILED)]
)
def test_evidence_that_stays_inconclusive_fails_after_one_more_window(elapsed_s: float, verdict: Verdict) -> None:
    leaning = Stream(statistic=1.0, bad=20, total=3000, bad_seconds=(500, 501))
    progress = observe(Progress(errors=leaning), LIMITS, [probe(at) for at in range(0, 600, 2)])
    judgement = judge(progress.model_copy(update={"errors": leaning}), LIMITS, elapsed_s)
    assert (judgement.verdict, judgement.rule) == (verdict, "inconclusive")


def test_too_few_probes_are_no_evidence() -> None:
    judgement, second = judged_until_the_end(lambda at: probe(at) if at == round(at) and at % 2 else None)
    assert (judgement.verdict, judgement.rule, second) == (Verdict.FAILED, "inconclusive", 600)


def test_a_gap_extends_the_window_by_as_much() -> None:
    judgement, second = judged_until_the_end(lambda at: None if 100 < at <= 150 else probe(at))
    assert (judgement.verdict, second) == (Verdict.PASSED, 351)


def test_time_up_to_a_fault_of_the_prober_is_not_seen() -> None:
    """Every other look is a fault of our own, so that half of the time was seen."""
    judgement, second = judged_until_the_end(lambda at: probe(at) if round(at * 5) % 2 else own_fault(at))
    assert (judgement.verdict, second) == (Verdict.PASSED, 600)


def test_a_probe_that_times_out_is_no_gap() -> None:
    """A service that hangs is known to, not unseen: the first outcome comes after the timeout."""
    timeout = probe_timeout_s(LIMITS.latency_ms)
    judgement, second = judged_until_the_end(lambda at: failure(at) if at >= timeout else None)
    assert (judgement.verdict, judgement.rule) == (Verdict.FAILED, "error rate, sequential test")
    assert second <= timeout + 5


def test_too_much_blindness_is_a_verdict_of_its_own_and_says_why() -> None:
    judgement, second = judged_until_the_end(lambda at: probe(at) if at < 10 else own_fault(at))
    assert (judgement.verdict, judgement.rule) == (Verdict.BLIND, "blindness")
    assert 300 < second <= 312
    assert judgement.numbers == "Sentinel could not see production for 300 s (Sentinel itself stood still)"


def test_a_failure_that_was_seen_is_not_hidden_by_blindness() -> None:
    judgement, _ = judged_until_the_end(lambda at: failure(at) if at < 10 else None)
    assert judgement.verdict is Verdict.FAILED


@given(window_s=st.floats(0.1, 1000), rate=st.floats(0.1, 100), parts=st.integers(1, 40))
def test_a_service_that_nobody_saw_never_passes(window_s: float, rate: float, parts: int) -> None:
    thresholds = Thresholds(error_rate=0.01, latency_ms=500, window_s=window_s, rate=rate)
    assert judge(Progress(), thresholds, window_s * parts / 10).verdict is not Verdict.PASSED


LOOKS = st.lists(st.tuples(st.floats(0, 4), st.sampled_from([probe, failure, own_fault])), max_size=60)


@given(steps=LOOKS, cut=st.integers(0, 60))
def test_a_restart_in_the_middle_changes_nothing(
    steps: Iterable[tuple[float, Callable[[float], Sample]]], cut: int
) -> None:
    at, samples = 0.0, []
    for gap, look in steps:
        at += gap
        samples.append(look(at))
    before = observe(Progress(), LIMITS, samples[:cut])
    stored = Progress.model_validate_json(before.model_dump_json())
    assert observe(stored, LIMITS, samples[cut:]) == observe(Progress(), LIMITS, samples)
    judgement = judge(observe(stored, LIMITS, samples[cut:]), LIMITS, at)
    assert judgement.verdict is not Verdict.PASSED


def test_the_numbers_are_told_in_words() -> None:
    progress = Progress(errors=Stream(bad=12, total=1500), slow=Stream(bad=3, total=1488), readings=60)
    assert describe(progress) == (
        "12 of 1500 probes failed (0.8 %), 3 of 1488 answers were slow (0.202 %); 60 readings of metrics"
    )
