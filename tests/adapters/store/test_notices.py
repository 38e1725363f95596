"""What people have to be told is stored with the change that it tells of, and stays until they are."""

import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.core.release.notices import Notice
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import named


async def tell(store: SqlStore, title: str) -> None:
    async with store.transaction("shop") as tx:
        tx.apply(named(tx.project, title))
        await tx.add_notice(Notice(title, "body"))


async def titles(store: SqlStore) -> list[str]:
    return [notice.title for notice in await store.notices()]


async def test_notices_wait_in_their_order_for_whoever_opens_the_store(
    store: SqlStore, store_url: str, opened: Opening
) -> None:
    await tell(store, "first")
    await tell(store, "second")
    await store.close()
    reopened = await opened(store_url)
    assert await titles(reopened) == ["first", "second"]
    assert [notice.body for notice in await reopened.notices()] == ["body", "body"]


async def test_a_change_that_is_not_committed_tells_nobody(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.transaction("shop") as tx:
            await tx.add_notice(Notice("never", "body"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await titles(store) == []


async def test_those_that_were_delivered_are_forgotten_and_no_others(store: SqlStore) -> None:
    for title in ("first", "second", "third"):
        await tell(store, title)
    first, _, third = await store.notices()
    await store.forget_notices((first.position, third.position))
    await tell(store, "fourth")
    assert await titles(store) == ["second", "fourth"]
