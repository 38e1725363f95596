"""Whoever works on one project at the same time works one after another, and nothing is lost."""

import anyio

from sentinel.adapters.store.store import SqlStore
from sentinel.core.release.change import Snapshot
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, fault_of, named, project_of, rename, shop, summaries

WRITERS = 4
TURNS = 8


async def append(store: SqlStore, letter: str) -> None:
    """Writers that did not wait for each other would lose letters."""
    async with store.transaction("shop") as tx:
        name = tx.project.name
        await anyio.lowlevel.checkpoint()
        tx.apply(named(tx.project, name + letter))


async def race(*stores: SqlStore) -> None:
    async def write(store: SqlStore, letter: str) -> None:
        for _ in range(TURNS):
            await append(store, letter)

    async with anyio.create_task_group() as tasks:
        for number in range(WRITERS):
            tasks.start_soon(write, stores[number % len(stores)], "abcd"[number])


async def all_applied(store: SqlStore) -> None:
    letters = (await project_of(store)).name.removeprefix("Shop")
    assert sorted(letters) == sorted("abcd"[:WRITERS] * TURNS)
    assert len(await summaries(store)) == 1 + WRITERS * TURNS
    assert await fault_of(store) is None


async def test_concurrent_transactions_of_a_project_all_apply(store: SqlStore) -> None:
    await race(store)
    await all_applied(store)


async def test_replicas_apply_theirs_to_each_others(postgres_url: str, opened: Opening) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    await one.create(shop(), REGISTERED)
    await race(one, other)
    await all_applied(one)
    assert await one.load("shop") == await other.load("shop")


async def test_of_replicas_that_create_the_same_project_one_does(postgres_url: str, opened: Opening) -> None:
    stores = [await opened(postgres_url) for _ in range(3)]
    created: list[Snapshot] = []

    async def create(store: SqlStore, name: str) -> None:
        created.append(await store.create(shop().model_copy(update={"name": name}), REGISTERED))

    async with anyio.create_task_group() as tasks:
        for store, name in zip(stores, "ABC", strict=True):
            tasks.start_soon(create, store, name)
    assert len({snapshot.project.name for snapshot in created}) == 1
    assert await summaries(stores[0]) == ["shop registered"]


async def test_a_replica_reads_what_another_has_just_written(postgres_url: str, opened: Opening) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    await one.create(shop(), REGISTERED)
    for turn in range(5):
        writer, reader = (one, other) if turn % 2 else (other, one)
        await rename(writer, f"turn {turn}")
        assert (await project_of(reader)).name == f"turn {turn}"


async def test_projects_do_not_wait_for_each_other_on_postgresql(postgres_url: str, opened: Opening) -> None:
    store = await opened(postgres_url)
    for project_id in ("shop", "bakery"):
        await store.create(shop(project_id), REGISTERED)
    async with store.transaction("shop") as tx:
        await rename(store, "first", "bakery")
        tx.apply(named(tx.project, "second"))
    assert (await project_of(store, "bakery")).name == "first"
    assert (await project_of(store)).name == "second"
