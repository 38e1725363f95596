"""Notices reach people through real services, and a dead one delays and fails nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from structlog.testing import capture_logs

from sentinel.adapters import notify
from sentinel.adapters.notify import QUEUE_LIMIT, AppriseNotifier
from tests.adapters.http_services import Service, answers, hangs, nobody, serve, until


@asynccontextmanager
async def running(*addresses: str) -> AsyncIterator[AppriseNotifier]:
    notifier = AppriseNotifier(addresses)
    task = asyncio.ensure_future(notifier.run())
    try:
        yield notifier
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def received(service: Service, count: int) -> bool:
    return len(service.requests) == count


def json_address(url: str) -> str:
    return f"{url.replace('http://', 'json://user:s3cret@')}/hook"


async def test_a_notice_reaches_every_address_in_order() -> None:
    async with (
        serve(answers()) as one,
        serve(answers()) as two,
        running(json_address(one.url), json_address(two.url)) as notifier,
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notifier.tell, "shop: rolled back", "Automatic Rollback Triggered due to PDV failure.")
            tasks.start_soon(notifier.tell, "shop: <b>halted</b>", "A person must look.")
        assert len(one.requests) == len(two.requests) == 2
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
            await notifier.tell("title", "body")
            assert len(living.requests) == 1
    refused = [entry for entry in logs if entry["event"] == "notice not delivered"]
    assert [entry["address"] for entry in refused] == [1]
    assert "s3cret" not in f"{logs}{capfd.readouterr()}{caplog.text}"


async def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "SEND_SECONDS", 0.3)
    with capture_logs() as logs:
        async with serve(hangs) as dead, running(json_address(dead.url)) as notifier:
            await notifier.tell("title", "body")
    assert [entry["event"] for entry in logs] == ["notice not delivered"]


async def test_a_service_that_is_never_done_delays_no_other_and_what_does_not_fit_is_logged() -> None:
    with capture_logs() as logs:
        async with (
            serve(hangs) as stuck,
            serve(answers()) as living,
            running(json_address(stuck.url), json_address(living.url)) as notifier,
            anyio.create_task_group() as tasks,
        ):
            for number in range(QUEUE_LIMIT + 2):  # one of them is on its way
                tasks.start_soon(notifier.tell, f"notice {number}", "only one takes them")
                await until(partial(received, living, number + 1))
            tasks.cancel_scope.cancel()
    lost = [(entry["title"], entry["address"]) for entry in logs if entry["log_level"] == "warning"]
    assert lost == [(f"notice {QUEUE_LIMIT + 1}", 1)]
