"""Wherever a transaction is cancelled, all of it is stored or nothing, and the store goes on working."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any

import anyio
import pytest

from sentinel.adapters.store.database import to_the_end
from sentinel.adapters.store.publication import Subscription
from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.documents import (
    REGISTERED,
    StoppedClock,
    fault_of,
    finding,
    in_sprint,
    named,
    rename,
    shop,
    summaries,
)

DEADLINE = 20.0
Work = Coroutine[Any, Any, None]


@coroutine
def counted(work: Work, waiting: Callable[[int], None]) -> Generator[Any, Any, None]:
    """Runs `work`, and tells `waiting` how often it has waited for something so far, each time it does."""
    waits = 0
    fault: BaseException | None = None
    while True:
        try:
            awaited = work.throw(fault) if fault else work.send(None)
        except StopIteration:
            return
        waits += 1
        waiting(waits)
        fault = None
        try:
            yield awaited
        except BaseException as thrown:  # noqa: BLE001 - the event loop's, handed on to `work`
            fault = thrown


async def once(work: Work, at: int) -> bool:
    """Cancels the task once, at its wait number `at`; whether `work` ended before that."""

    def cancel(waits: int) -> None:
        if waits == at:
            asyncio.get_running_loop().call_soon(task.cancel)

    async def run() -> None:
        await counted(work, cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return not task.cancelled() and task.exception() is None


async def from_then_on(work: Work, at: int) -> bool:
    """Cancels the task at its wait number `at`, and at each one after it."""

    def cancel(waits: int) -> None:
        if waits >= at:
            asyncio.get_running_loop().call_soon(task.cancel)

    async def run() -> None:
        await counted(work, cancel)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return not task.cancelled() and task.exception() is None


async def by_scope(work: Work, at: int) -> bool:
    """Cancels the scope that it runs in, as a task group does."""
    with anyio.CancelScope() as scope:
        await counted(work, lambda waits: scope.cancel() if waits == at else None)
    return not scope.cancel_called


async def change(store: SqlStore, name: str) -> None:
    async with store.transaction("shop") as tx:
        await tx.record_step("op", name, name)
        await anyio.lowlevel.checkpoint()
        await tx.add_samples("op", [{"name": name}])
        await tx.add_findings([finding(name)])
        tx.apply(named(tx.project, name))


async def stored(store: SqlStore, name: str) -> set[bool]:
    """Of each part of a change, whether it is there."""
    snapshot = await store.load("shop")
    assert snapshot is not None
    found = await store.findings("shop", session=None, open_only=False)
    return {
        snapshot.project.name == name,
        name in await store.steps("op"),
        {"name": name} in await store.samples("op"),
        name in {one.finding.fingerprint for one in found},
        (await summaries(store))[-1] == name,
    }


async def told(changes: Subscription) -> None:
    with anyio.fail_after(DEADLINE):
        assert await anext(changes) == "shop"


@pytest.mark.parametrize("cancelled", [once, from_then_on, by_scope])
async def test_a_cancelled_transaction_is_stored_as_a_whole_or_not_at_all(
    store: SqlStore, cancelled: Callable[[Work, int], Coroutine[Any, Any, bool]]
) -> None:
    async with store.transaction("shop") as tx:
        tx.apply(in_sprint(tx.project))
    outcomes: set[bool] = set()
    wait = 0
    ended = False
    async with store.changes() as changes:
        while not ended:
            wait += 1
            name = f"cancelled at {wait}"
            ended = await cancelled(change(store, name), wait)
            parts = await stored(store, name)
            assert len(parts) == 1, name
            outcomes |= parts
            if parts == {True}:
                await told(changes)
            await rename(store, f"after {wait}")
            await told(changes)
            assert (await summaries(store))[-1] == f"after {wait}"
    assert outcomes == {True, False}
    assert await fault_of(store) is None


@pytest.mark.parametrize("cancelled", [once, from_then_on, by_scope])
async def test_opening_is_cancelled_without_leaving_anything_open(
    store_url: str, cancelled: Callable[[Work, int], Coroutine[Any, Any, bool]]
) -> None:
    async def open_and_close() -> None:
        await (await SqlStore.open(store_url, StoppedClock())).close()

    wait = 1
    while not await cancelled(open_and_close(), wait):
        wait += 1
    assert wait > 5
    store = await SqlStore.open(store_url, StoppedClock())
    await store.create(shop(), REGISTERED)
    await store.close()


async def test_work_that_must_not_be_torn_ends_before_its_caller_is_cancelled() -> None:
    done: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.append("work")

    async def caller() -> None:
        try:
            await to_the_end(work())
        finally:
            done.append("caller")

    task = asyncio.create_task(caller())
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert done == []
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["work", "caller"]


async def test_the_fault_of_such_work_is_its_callers() -> None:
    async def work() -> None:
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        await to_the_end(work())
