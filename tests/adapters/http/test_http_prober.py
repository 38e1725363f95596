"""Production is probed at a steady rate, and a fault of our own is told apart from one of the service."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import anyio
import pytest

from sentinel.adapters.http.services import HttpServices
from sentinel.core.verification.sequential_test import (
    Progress,
    Sample,
    Thresholds,
    Verdict,
    judge,
    observe,
)
from tests.adapters.http_services import (
    Behaviour,
    after,
    answers,
    hangs,
    nobody,
    policy_for,
    resets,
    serve,
    until,
)

RATE = 20.0


def stopwatch() -> Callable[[], float]:
    began = time.monotonic()
    return lambda: time.monotonic() - began


@asynccontextmanager
async def probing(
    url: str, offset: Callable[[], float] | None = None
) -> AsyncIterator[AsyncIterator[tuple[Sample, ...]]]:
    policy = policy_for(url, probe={"path": "/shop", "rate": RATE}, latency="100ms")
    async with aclosing(HttpServices(str).observe(policy, offset or stopwatch())) as batches:
        yield batches


async def first_samples(batches: AsyncIterator[tuple[Sample, ...]], count: int = 1) -> list[Sample]:
    """The first ones that say something about the service: a busy test machine may have stood still itself."""
    samples: list[Sample] = []
    async for batch in batches:
        samples += [sample for sample in batch if sample.fault != "prober"]
        if len(samples) >= count:
            break
    return samples


async def test_answers_are_samples_with_their_latency_in_the_order_of_time() -> None:
    async with serve(answers()) as service, probing(service.url) as batches:
        samples = await first_samples(batches, 10)
    assert all(sample.ok and sample.fault == "none" for sample in samples)
    assert all(sample.latency_ms is not None and 0 < sample.latency_ms < 1000 for sample in samples)
    assert [sample.at for sample in samples] == sorted(sample.at for sample in samples)
    assert {request.target for request in service.requests} == {"/shop"}


async def test_slow_answers_do_not_slow_the_probing() -> None:
    async with serve(hangs) as service, probing(service.url) as batches:
        async for _ in batches:
            if service.open >= RATE / 2:  # a prober that waits for answers never has them open at once
                break


async def test_requests_in_flight_end_with_the_observation() -> None:
    async with serve(hangs) as service:
        async with probing(service.url) as batches:
            async for _ in batches:
                if service.open:
                    break
        await until(lambda: service.open == 0)


async def test_requests_in_flight_end_with_the_cancellation_of_who_observes() -> None:
    async with serve(hangs) as service:
        with anyio.move_on_after(0.6) as scope:
            async with probing(service.url) as batches:
                async for _ in batches:
                    pass
        assert scope.cancelled_caught
        assert service.connections
        await until(lambda: service.open == 0)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_an_error_status_is_the_services_fault(status: int) -> None:
    async with serve(answers(status)) as service, probing(service.url) as batches:
        sample = (await first_samples(batches))[0]
    assert (sample.ok, sample.fault, sample.reason) == (False, "target", f"answered {status}")


async def test_a_redirect_is_an_answer_to_a_probe() -> None:
    async with serve(answers(302, location="/login")) as service, probing(service.url) as batches:
        assert (await first_samples(batches))[0].ok


async def test_a_reset_connection_is_the_services_fault() -> None:
    async with serve(resets) as service, probing(service.url) as batches:
        assert (await first_samples(batches))[0].fault == "target"


async def test_time_in_which_this_machine_stood_still_is_the_probers_fault() -> None:
    watch, asleep = stopwatch(), 0.0

    async with serve(hangs) as service, probing(service.url, lambda: watch() + asleep) as batches:
        await anext(aiter(batches))
        assert service.open
        asleep = 60.0  # a suspended machine: the requests in flight were left alone for a minute
        while not (samples := await anext(aiter(batches))):
            pass
    assert {(sample.fault, sample.reason) for sample in samples} == {("prober", "Sentinel itself stood still")}
    assert samples[0].at > 60


@pytest.mark.parametrize(
    ("behaviour", "rule"),
    [
        (answers(500), "error rate, sequential test"),
        (after(0.2, answers()), "latency, sequential test"),
        (None, "error rate, sequential test"),
    ],
)
async def test_a_bad_service_fails_verification(behaviour: Behaviour | None, rule: str) -> None:
    thresholds = Thresholds(error_rate=0.01, latency_ms=100, window_s=2, rate=RATE)
    progress, elapsed = Progress(), stopwatch()
    async with (
        serve(behaviour or hangs) as service,
        probing(service.url if behaviour else nobody(), elapsed) as batches,
    ):
        judgement = judge(progress, thresholds, 0)
        async for batch in batches:
            progress = observe(progress, thresholds, batch)
            judgement = judge(progress, thresholds, elapsed())
            if judgement.verdict is not Verdict.RUNNING:
                break
    assert (judgement.verdict, judgement.rule) == (Verdict.FAILED, rule)
    assert elapsed() < 4
