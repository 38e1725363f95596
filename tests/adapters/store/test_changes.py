"""Whoever watches is told of every change after it was committed, and only then; on PostgreSQL from any replica."""

import anyio
import pytest

from sentinel.adapters.store.publication import Subscription
from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, named, project_of, rename, shop
from tests.postgres import PostgresServer

DEADLINE = 20.0


class PlannedError(Exception):
    """What a block raises on purpose."""


async def told(changes: Subscription, *, until: str | None) -> list[str | None]:
    """The ids that come, up to `until`."""
    ids: list[str | None] = []
    with anyio.fail_after(DEADLINE):
        async for project_id in changes:
            ids.append(project_id)
            if project_id == until:
                break
    return ids


@pytest.fixture
async def bakery(store: SqlStore) -> SqlStore:
    """A store with a second project, whose change ends what a test listens to."""
    await store.create(shop("bakery"), REGISTERED)
    async with store.changes() as changes:
        # On PostgreSQL the news of both creations may still be on their way.
        await store.create(shop("marker"), REGISTERED)
        await told(changes, until="marker")
    return store


async def test_a_change_is_there_to_be_read_when_it_is_told(bakery: SqlStore) -> None:
    async with bakery.changes() as changes:
        await rename(bakery, "new")
        assert await told(changes, until="shop") == ["shop"]
        assert (await project_of(bakery)).name == "new"


async def test_a_new_project_is_told(bakery: SqlStore) -> None:
    async with bakery.changes() as changes:
        await bakery.create(shop("florist"), REGISTERED)
        assert await told(changes, until="florist") == ["florist"]


async def test_what_was_not_stored_is_not_told(bakery: SqlStore) -> None:
    async def fail() -> None:
        async with bakery.transaction("shop") as tx:
            tx.apply(named(tx.project, "never"))
            raise PlannedError

    async with bakery.changes() as changes:
        with pytest.raises(PlannedError):
            await fail()
        async with bakery.transaction("shop") as tx:
            await tx.record_step("op", "step", None)
        await bakery.create(shop(), REGISTERED)
        await rename(bakery, "marker", "bakery")
        assert await told(changes, until="bakery") == ["bakery"]


async def test_a_burst_comes_as_one(bakery: SqlStore) -> None:
    async with bakery.changes() as busy, bakery.changes() as witness:
        for turn in range(5):
            await rename(bakery, f"turn {turn}")
        await rename(bakery, "marker", "bakery")
        await told(witness, until="bakery")
        assert await told(busy, until="bakery") == ["shop", "bakery"]


async def test_what_changes_while_a_change_is_worked_on_is_told_again(bakery: SqlStore) -> None:
    async with bakery.changes() as changes:
        await rename(bakery, "first")
        await told(changes, until="shop")
        await rename(bakery, "second")
        assert await told(changes, until="shop") == ["shop"]


async def test_every_watcher_is_told_and_none_that_has_left(bakery: SqlStore) -> None:
    async with bakery.changes() as one, bakery.changes() as other:
        async with bakery.changes() as gone:
            pass
        await rename(bakery, "new")
        assert await told(one, until="shop") == await told(other, until="shop") == ["shop"]
        with anyio.move_on_after(0):
            assert await anext(gone) is None


async def test_a_change_of_another_replica_is_told(postgres_url: str, opened: Opening) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    await one.create(shop(), REGISTERED)
    async with other.changes() as changes:
        await rename(one, "elsewhere")
        assert await told(changes, until="shop") == ["shop"]
        assert (await project_of(other)).name == "elsewhere"


async def test_after_a_cut_connection_any_project_may_have_changed(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    one, other = await opened(postgres_url), await opened(postgres_url)
    for project_id in ("bakery", "shop"):
        await one.create(shop(project_id), REGISTERED)
    async with other.changes() as changes:
        await rename(one, "marker")
        await told(changes, until="shop")
        cut = postgres_server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query = 'LISTEN sentinel_changes'"
        )
        assert len(cut) == 2
        await rename(one, "unheard", "bakery")
        assert (await told(changes, until=None))[-1] is None
        await rename(one, "heard again", "bakery")
        assert await told(changes, until="bakery") == ["bakery"]
