"""Whoever watches a project is told of its changes, and of those that nobody could listen to."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
import pytest

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.database import Database, read_address
from sentinel.adapters.store.publication import Publication, Subscription
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.store.tables import upgrade
from sentinel.engine.runtime.watch import Hub

DEADLINE = 20.0


class Told(SqlStore):
    """A store whose changes are what the test publishes; `listened_to` once somebody wants to hear of them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SystemClock())
        self.publication = Publication()
        self.listened_to = anyio.Event()

    def changes(self) -> AbstractAsyncContextManager[Subscription]:
        self.listened_to.set()
        return self.publication.subscribe()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Told]:
    database = Database(read_address(f"sqlite:///{tmp_path}/sentinel.db"))
    await upgrade(database)
    store = Told(database)
    yield store
    await store.close()


@pytest.mark.parametrize(("changed", "everybody"), [("shop", False), (None, True)])
async def test_a_change_wakes_who_watches_it_and_a_lost_one_everybody(
    store: Told, changed: str | None, *, everybody: bool
) -> None:
    hub = Hub(store, SystemClock())
    with anyio.fail_after(DEADLINE):
        async with hub.watch("shop") as shop, hub.watch("bakery") as bakery, anyio.create_task_group() as tasks:
            tasks.start_soon(hub.run)
            await store.listened_to.wait()
            store.publication.publish(changed)
            assert await shop.wait(DEADLINE)
            assert bakery.changed.is_set() == everybody
            tasks.cancel_scope.cancel()
