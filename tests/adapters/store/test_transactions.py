"""A transaction changes a project with all that belongs to it, or nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.chain import GENESIS
from sentinel.core.release.change import Change, Snapshot
from sentinel.core.release.states import State
from sentinel.errors.release import InvariantBrokenError
from sentinel.errors.store import FencedError, UnknownProjectError
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import (
    REGISTERED,
    StoppedClock,
    fault_of,
    finding,
    in_sprint,
    later,
    named,
    project_of,
    rename,
    running,
    shop,
    summaries,
)


class PlannedError(Exception):
    """What a block raises on purpose."""


async def test_a_project_is_loaded_as_it_was_created(store: SqlStore) -> None:
    assert await store.load("shop") == Snapshot(shop(), 1)
    assert await summaries(store) == ["shop registered"]


async def test_creating_it_again_returns_what_is_stored_and_changes_nothing(store: SqlStore) -> None:
    await rename(store, "Bakery")
    again = await store.create(shop(), REGISTERED)
    assert (again.project.name, again.revision) == ("Bakery", 2)
    assert await summaries(store) == ["shop registered", "Bakery"]


async def test_a_project_that_nobody_created_is_not_there(store: SqlStore) -> None:
    assert await store.load("bakery") is None
    assert (await store.audit_head("bakery")).digest == GENESIS
    with pytest.raises(UnknownProjectError, match="no project bakery"):
        async with store.transaction("bakery"):
            pytest.fail("there is nothing to change")


async def test_a_committed_change_is_loaded_by_this_and_by_the_next_daemon(
    store: SqlStore, store_url: str, opened: Opening
) -> None:
    async with store.transaction("shop") as tx:
        tx.apply(in_sprint(tx.project))
        tx.apply(running(tx.project))
        assert tx.project.state is State.ACTIVE
    snapshot = await store.load("shop")
    assert snapshot is not None
    assert (snapshot.revision, snapshot.project.fence) == (2, 1)
    assert await (await opened(store_url)).load("shop") == snapshot


async def test_entries_are_sealed_into_one_chain_in_their_order(store: SqlStore) -> None:
    for name in ("one", "two"):
        async with store.transaction("shop") as tx:
            tx.apply(named(tx.project, f"{name} first"))
            tx.apply(named(tx.project, f"{name} then"))
    assert await summaries(store) == ["shop registered", "one first", "one then", "two first", "two then"]
    assert await fault_of(store) is None
    entries = await store.audit_entries("shop")
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert (await store.audit_head("shop")).digest == entries[-1].digest


async def test_entries_are_listed_from_a_sequence_on(store: SqlStore) -> None:
    for name in ("two", "three", "four"):
        await rename(store, name)
    assert [entry.summary for entry in await store.audit_entries("shop", after=1, limit=2)] == ["two", "three"]
    assert [entry.summary for entry in await store.audit_entries("shop", after=3)] == ["four"]
    assert await store.audit_entries("shop", after=4) == ()


async def test_the_newest_entries_are_found_from_the_end(store: SqlStore) -> None:
    for name in ("two", "three", "four"):
        await rename(store, name)

    async def newest(**bounds: Any) -> list[str]:
        return [entry.summary for entry in await store.newest_audit_entries("shop", **bounds)]

    assert await newest(limit=2) == ["three", "four"]
    assert await newest(before=4, limit=2) == ["two", "three"]
    assert await newest(after=1, before=4) == ["two", "three"]
    assert await newest(after=4) == []
    kinds = {entry.kind for entry in await store.newest_audit_entries("shop")}
    assert await newest(without=tuple(kinds)) == []
    assert len(await newest(without=("no such%_kind",))) == 4


async def test_chains_of_projects_are_their_own(store: SqlStore) -> None:
    await store.create(shop("bakery"), REGISTERED)
    await rename(store, "A")
    await rename(store, "B", "bakery")
    await rename(store, "C")
    assert await summaries(store) == ["shop registered", "A", "C"]
    assert await summaries(store, "bakery") == ["shop registered", "B"]
    assert (await fault_of(store), await fault_of(store, "bakery")) == (None, None)


async def test_a_block_that_raises_stores_nothing(store: SqlStore, store_url: str, opened: Opening) -> None:
    async def fail() -> None:
        async with store.transaction("shop") as tx:
            tx.apply(in_sprint(tx.project))
            await tx.record_step("op", "step", "result")
            await tx.add_samples("op", [{"n": 1}])
            await tx.add_findings([finding("f")])
            raise PlannedError

    with pytest.raises(PlannedError):
        await fail()
    for reader in (store, await opened(store_url)):
        assert await reader.load("shop") == Snapshot(shop(), 1)
        assert await summaries(reader) == ["shop registered"]
        assert await reader.steps("op") == {}
        assert await reader.samples("op") == ()
        assert await reader.findings("shop", session=None, open_only=False) == ()


async def test_faults_of_a_block_come_out_as_they_are(store: SqlStore) -> None:
    """An OSError, too: it is not the store's, whatever the drivers raise."""
    with pytest.raises(FileNotFoundError):
        async with store.transaction("shop"):
            raise FileNotFoundError


async def test_a_transition_without_its_entry_is_refused(store: SqlStore) -> None:
    async def move() -> None:
        async with store.transaction("shop") as tx:
            entry = named(tx.project, "moved").entries
            tx.apply(Change(in_sprint(tx.project).project, entry))

    with pytest.raises(InvariantBrokenError, match="no transition is without its audit entry"):
        await move()
    assert await store.load("shop") == Snapshot(shop(), 1)
    assert await summaries(store) == ["shop registered"]


async def test_a_change_without_any_entry_is_refused(store: SqlStore) -> None:
    with pytest.raises(InvariantBrokenError):
        async with store.transaction("shop") as tx:
            tx.apply(Change(named(tx.project, "silent").project, ()))
    assert (await project_of(store)).name == "Shop"


async def test_a_block_that_changes_nothing_leaves_the_revision(store: SqlStore) -> None:
    async with store.transaction("shop") as tx:
        await tx.record_step("op", "step", None)
    assert await store.load("shop") == Snapshot(shop(), 1)
    assert await store.steps("op") == {"step": None}


async def test_a_fenced_writer_is_refused(store: SqlStore) -> None:
    async with store.transaction("shop") as tx:
        tx.apply(in_sprint(tx.project))
        tx.apply(running(tx.project, fence=2))
    with pytest.raises(FencedError):
        async with store.transaction("shop", fence=1) as tx:
            tx.apply(named(tx.project, "zombie"))
    async with store.transaction("shop", fence=2) as tx:
        tx.apply(named(tx.project, "runner"))
    assert (await project_of(store)).name == "runner"


async def test_a_writer_without_its_operation_is_refused(store: SqlStore) -> None:
    with pytest.raises(FencedError):
        async with store.transaction("shop", fence=0):
            pytest.fail("there is no operation")


async def test_time_is_the_clocks_where_one_daemon_works(sqlite_url: str, opened: Opening, clock: StoppedClock) -> None:
    store = await opened(sqlite_url)
    await store.create(shop(), REGISTERED)
    clock.instant = later(60)
    async with store.transaction("shop") as tx:
        assert tx.now == later(60)
        tx.apply(named(tx.project, "later"))
    assert [entry.at for entry in await store.audit_entries("shop")] == [later(0).wall, later(60).wall]


async def test_time_is_the_databases_where_several_share_it(postgres_url: str, opened: Opening) -> None:
    """The clock of the test stands at a noon of its own; its boot is kept, to measure on."""
    store = await opened(postgres_url)
    await store.create(shop(), REGISTERED)
    async with store.transaction("shop") as tx:
        assert abs(tx.now.wall - datetime.now(UTC)) < timedelta(hours=1)
        assert tx.now.wall.tzinfo is UTC
        assert (tx.now.boot_id, tx.now.boot_seconds) == ("boot", 1000.0)
