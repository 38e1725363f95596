"""The database goes away and comes back: everybody is told, and all goes on."""

from collections.abc import Iterator
from contextlib import suppress

import anyio
import pytest

from sentinel.adapters.store import database, replicas
from sentinel.adapters.store.publication import Subscription
from sentinel.adapters.store.store import SqlStore
from sentinel.errors.store import StoreUnavailableError
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import (
    NOON,
    REGISTERED,
    StoppedClock,
    fault_of,
    named,
    project_of,
    rename,
    shop,
    summaries,
)
from tests.postgres import PostgresServer
from tests.wire import Wire, wire_to

DEADLINE = 30.0
SOON = 8.0
"""Far less than the driver would take by itself to notice that nothing comes any more."""


@pytest.fixture
async def store(postgres_url: str, opened: Opening) -> SqlStore:
    store = await opened(postgres_url)
    await store.create(shop(), REGISTERED)
    return store


@pytest.fixture
def wired(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Wire, str]]:
    """A wire to an empty database with its address, for stores that are quick to hang up."""
    for module, name in ((database, "ANSWER_SECONDS"), (replicas, "ANSWER_SECONDS"), (replicas, "LOOK_SECONDS")):
        monkeypatch.setattr(module, name, 0.3)
    monkeypatch.setattr(replicas, "WATCH_SECONDS", 0.1)
    with wire_to(postgres_url) as (wire, url):
        yield wire, f"{url}?connect_timeout=2"


async def lease(store: SqlStore) -> bool:
    async with store.lease("shop") as held:
        return held


async def next_change(changes: Subscription) -> str | None:
    with anyio.fail_after(DEADLINE):
        return await anext(changes)


async def test_without_its_database_every_call_says_so(
    store: SqlStore, postgres_url: str, postgres_server: PostgresServer
) -> None:
    postgres_server.stop()
    try:
        for call in (
            lambda: store.load("shop"),
            lambda: store.load("bakery"),
            lambda: store.due(NOON),
            lambda: store.steps("op"),
            lambda: store.audit_head("shop"),
            lambda: summaries(store),
            lambda: rename(store, "never"),
            lambda: store.create(shop("bakery"), REGISTERED),
            lambda: lease(store),
            lambda: SqlStore.open(postgres_url, StoppedClock()),
        ):
            with pytest.raises(StoreUnavailableError, match="the database does not answer"):
                await call()
    finally:
        postgres_server.start()
    await rename(store, "back")
    assert (await project_of(store)).name == "back"
    assert await lease(store)


@pytest.mark.parametrize("crash", [False, True])
async def test_a_transaction_in_which_the_database_goes_away_stores_nothing(
    store: SqlStore, postgres_server: PostgresServer, *, crash: bool
) -> None:
    async def lose() -> None:
        async with store.transaction("shop") as tx:
            await tx.record_step("op", "step", "result")
            tx.apply(named(tx.project, "lost"))
            postgres_server.stop(crash=crash)

    await rename(store, "kept")
    try:
        with pytest.raises(StoreUnavailableError):
            await lose()
    finally:
        postgres_server.start()
    assert (await project_of(store)).name == "kept"
    assert await store.steps("op") == {}
    await rename(store, "back")
    assert await summaries(store) == ["shop registered", "kept", "back"]
    assert await fault_of(store) is None


async def test_whoever_watches_is_told_to_look_again_when_it_is_back(
    store: SqlStore, postgres_server: PostgresServer
) -> None:
    async with store.changes() as changes:
        await rename(store, "before")
        await next_change(changes)
        postgres_server.stop(crash=True)
        postgres_server.start()
        assert await next_change(changes) is None


async def test_a_holder_is_cancelled_with_its_database(store: SqlStore, postgres_server: PostgresServer) -> None:
    with anyio.fail_after(DEADLINE):
        async with store.lease("shop") as held:
            assert held
            postgres_server.stop(crash=True)
            postgres_server.start()
            await anyio.sleep_forever()
    assert await lease(store)


async def test_a_call_that_the_network_swallows_says_so_soon(wired: tuple[Wire, str], opened: Opening) -> None:
    wire, url = wired
    store = await opened(url)
    await store.create(shop(), REGISTERED)
    wire.darken()
    with anyio.fail_after(SOON), pytest.raises(StoreUnavailableError, match="the database does not answer"):
        await rename(store, "never")
    wire.mend()
    await rename(store, "back")
    assert await summaries(store) == ["shop registered", "back"]


async def test_a_holder_in_the_dark_is_cancelled_before_the_server_gives_its_right_away(
    wired: tuple[Wire, str], opened: Opening
) -> None:
    wire, url = wired
    store = await opened(url)
    await store.create(shop(), REGISTERED)
    async with store.lease("shop") as held:
        assert held
        wire.darken()
        with anyio.fail_after(SOON):
            await anyio.sleep_forever()
    wire.mend()
    assert await lease(store)


async def test_whoever_watches_in_the_dark_is_told_to_look_again_when_there_is_light(
    wired: tuple[Wire, str], opened: Opening
) -> None:
    wire, url = wired
    store = await opened(url)
    async with store.changes() as changes:
        wire.darken()
        with anyio.fail_after(DEADLINE):
            while not wire.swallowed:
                await anyio.sleep(0.02)
        wire.mend()
        assert await next_change(changes) is None


async def test_a_replica_that_stands_still_in_a_transaction_does_not_stop_the_others(
    postgres_url: str, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends its transaction, of which nothing is stored."""
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 1)
    one, other = await opened(postgres_url), await opened(postgres_url)
    await one.create(shop(), REGISTERED)

    async def stand_still() -> None:
        async with one.transaction("shop") as tx:
            tx.apply(named(tx.project, "zombie"))
            with anyio.fail_after(DEADLINE):
                while (await project_of(other)).name != "other":
                    with suppress(StoreUnavailableError):
                        await rename(other, "other")

    with pytest.raises(StoreUnavailableError, match="idle-in-transaction timeout"):
        await stand_still()
    assert await summaries(other) == ["shop registered", "other"]


async def test_a_password_is_in_no_fault(postgres_url: str) -> None:
    address = postgres_url.replace("sentinel@", "stranger:secret@")
    with pytest.raises(StoreUnavailableError, match='role "stranger" does not exist') as refused:
        await SqlStore.open(address, StoppedClock())
    assert "secret" not in str(refused.value)
