"""One runner per project, and never one that has lost its right."""

import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process

from sentinel.adapters.store.store import SqlStore
from sentinel.errors.store import FencedError
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, rename, shop
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[3]
DEADLINE = 20.0


async def free(store: SqlStore, project_id: str = "shop") -> bool:
    async with store.lease(project_id) as held:
        return held


async def until_free(store: SqlStore) -> None:
    with anyio.fail_after(DEADLINE):
        while not await free(store):
            await anyio.sleep(0.02)


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(DEADLINE):
        while not condition():
            await anyio.sleep(0.01)


def end_sessions_with_locks(server: PostgresServer) -> None:
    ended = server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )
    assert ended


async def test_a_project_has_one_holder(store: SqlStore) -> None:
    async with store.lease("shop") as held:
        assert held
        assert not await free(store)
        assert await free(store, "bakery")
    assert await free(store)


async def test_whoever_did_not_get_it_does_not_free_it(store: SqlStore) -> None:
    async with store.lease("shop"):
        async with store.lease("shop") as second:
            assert not second
        assert not await free(store)


@pytest.mark.parametrize("fault", [FencedError(), ValueError("a defect")])
async def test_a_fault_of_the_holder_comes_out_as_it_is(store: SqlStore, fault: Exception) -> None:
    async def hold() -> None:
        async with store.lease("shop") as held:
            assert held
            raise fault

    with pytest.raises(type(fault)) as caught:
        await hold()
    assert caught.value is fault
    assert await free(store)


async def test_a_cancelled_holder_frees_it(store: SqlStore) -> None:
    with anyio.CancelScope() as scope:
        async with store.lease("shop"):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert await free(store)


async def test_many_ask_at_once_and_one_gets_it(store: SqlStore) -> None:
    answers: list[bool] = []
    done = anyio.Event()

    async def ask() -> None:
        async with store.lease("shop") as held:
            answers.append(held)
            if held:
                await done.wait()

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(ask)
        await until(lambda: len(answers) == 10)
        done.set()
    assert answers.count(True) == 1


async def test_replicas_exclude_each_other(postgres_url: str, opened: Opening) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    async with one.lease("shop") as held:
        assert held
        assert not await free(other)
        async with other.lease("bakery") as elsewhere:
            assert elsewhere
            assert not await free(one, "bakery")
    assert await free(other)


async def test_a_replica_needs_one_session_for_all_its_leases(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    store = await opened(postgres_url)
    async with store.lease("shop"), store.lease("bakery"), store.lease("florist"):
        holders = postgres_server.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
    assert len(holders) == 3
    assert len(set(holders)) == 1
    assert postgres_server.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory'") == []


async def test_a_holder_whose_session_dies_is_cancelled_and_another_goes_on(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    await one.create(shop(), REGISTERED)
    holding, ended = [], []

    async def hold(project_id: str) -> None:
        async with one.lease(project_id) as held:
            assert held
            holding.append(project_id)
            try:
                await anyio.sleep_forever()
            finally:
                ended.append(project_id)
        await rename(one, "after the block")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold, "shop")
        tasks.start_soon(hold, "bakery")
        await until(lambda: len(holding) == 2)
        assert not await free(other)
        end_sessions_with_locks(postgres_server)
        await until_free(other)
        await until(lambda: len(ended) == 2)
    assert sorted(ended) == ["bakery", "shop"]
    assert await free(one)


async def test_closing_the_store_cancels_its_holders(postgres_url: str, opened: Opening) -> None:
    store, other = await opened(postgres_url), await opened(postgres_url)
    async with store.lease("shop"):
        await store.close()
        await anyio.sleep_forever()
    await until_free(other)  # the server learns of it a moment later


async def said(process: Process, word: bytes) -> None:
    """Waits until the last that `process` wrote is `word`."""
    heard = b""
    assert process.stdout is not None
    with anyio.fail_after(DEADLINE):
        while not heard.endswith(word):
            heard += await process.stdout.receive()


@asynccontextmanager
async def holder(url: str) -> AsyncIterator[Process]:
    """A replica in a process of its own that holds the lease of `shop`."""
    command = [sys.executable, "-m", "tests.adapters.store.replica", url]
    async with await anyio.open_process(command, stderr=None, cwd=ROOT) as process:
        try:
            await said(process, b"held\n")
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


async def test_the_lease_of_a_killed_replica_is_freed(postgres_url: str, opened: Opening) -> None:
    store = await opened(postgres_url)
    async with holder(postgres_url) as replica:
        assert not await free(store)
        replica.kill()
        await until_free(store)


async def test_a_replica_that_stands_still_loses_its_lease_and_learns_it(postgres_url: str, opened: Opening) -> None:
    """The server hears nothing of it any more; awake again, the holder is cancelled."""
    store = await opened(postgres_url)
    async with holder(postgres_url) as replica:
        replica.send_signal(signal.SIGSTOP)
        await until_free(store)
        replica.send_signal(signal.SIGCONT)
        await said(replica, b"lost\n")
