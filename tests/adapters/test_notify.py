"""Notices reach people through real services, and a dead one delays and fails nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from sentinel.adapters import notify
from sentinel.adapters.notify import QUEUE_LIMIT, AppriseNotifier
from tests.adapters.http_services import answers, hangs, nobody, serve, until


@asynccontextmanager
async def running(*addresses: str) -> AsyncIterator[AppriseNotifier]:
    notifier = AppriseNotifier(addresses)
    task = asyncio.ensure_future(notifier.run())
    try:
        yield notifier
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def json_address(url: str) -> str:
    return f"{url.replace('http://', 'json://user:s3cret@')}/hook"


async def test_a_notice_reaches_every_address_in_order() -> None:
    async with (
        serve(answers()) as one,
        serve(answers()) as two,
        running(json_address(one.url), json_address(two.url)) as notifier,
    ):
        notifier.post("shop: rolled back", "Automatic Rollback Triggered due to PDV failure.")
        notifier.post("shop: <b>halted</b>", "A person must look.")
        await until(lambda: len(one.requests) == len(two.requests) == 2)
    first, second = (json.loads(request.body) for request in one.requests)
    assert (first["title"], first["message"]) == (
        "shop: rolled back",
        "Automatic Rollback Triggered due to PDV failure.",
    )
    assert second["title"] == "shop: <b>halted</b>"


@pytest.mark.parametrize("address", ["dead", "no-such-service://s3cret@host", "not an address s3cret"])
async def test_an_address_that_cannot_be_used_is_logged_without_its_secret_and_delays_no_other(
    address: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    unusable = json_address(nobody()) if address == "dead" else address
    with capture_logs() as logs:
        async with serve(answers()) as living, running(unusable, json_address(living.url)) as notifier:
            notifier.post("title", "body")
            await until(lambda: len(living.requests) == 1)
            await until(lambda: any(entry["event"] == "notice not delivered" for entry in logs))
    refused = [entry for entry in logs if entry["event"] == "notice not delivered"]
    assert [entry["address"] for entry in refused] == [1]
    assert "s3cret" not in f"{logs}{capfd.readouterr()}{caplog.text}"


async def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "SEND_SECONDS", 0.3)
    with capture_logs() as logs:
        async with serve(hangs) as dead, running(json_address(dead.url)) as notifier:
            notifier.post("title", "body")
            await until(lambda: any(entry["event"] == "notice not delivered" for entry in logs))


def test_posting_returns_at_once_and_what_does_not_fit_is_logged() -> None:
    notifier = AppriseNotifier((json_address(nobody()),))
    began = time.monotonic()
    with capture_logs() as logs:
        for number in range(QUEUE_LIMIT + 1):
            notifier.post(f"notice {number}", "nobody takes them")
    assert time.monotonic() - began < 1
    lost = [entry["title"] for entry in logs if entry["log_level"] == "warning"]
    assert lost == [f"notice {QUEUE_LIMIT}"]


async def test_posting_after_the_end_of_the_daemon_does_not_raise() -> None:
    async with serve(answers()) as service:
        async with running(json_address(service.url)) as notifier:
            notifier.post("first", "body")
            await until(lambda: len(service.requests) == 1)
        notifier.post("second", "body")
    assert len(service.requests) == 1
