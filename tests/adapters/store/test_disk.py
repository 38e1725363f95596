"""A disk that takes nothing more: nothing is half done, and all goes on once there is room."""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.core.release.change import Snapshot
from sentinel.errors.store import StoreUnavailableError
from tests.adapters.store.documents import (
    REGISTERED,
    StoppedClock,
    fault_of,
    finding,
    in_sprint,
    named,
    project_of,
    rename,
    shop,
    summaries,
)
from tests.disks import fill, small_disk

NOBODY = 65534


async def change(store: SqlStore, name: str, size: int) -> None:
    async with store.transaction("shop") as tx:
        await tx.record_step("op", name, "x" * size)
        await tx.add_samples("op", [{"name": name}])
        await tx.add_findings([finding(name)])
        tx.apply(named(tx.project, name))


async def whole_without(store: SqlStore, name: str, before: Snapshot | None) -> None:
    """Nothing of the change `name` is there, and the rest is as it was."""
    assert await store.load("shop") == before
    assert name not in await store.steps("op")
    assert {"name": name} not in await store.samples("op")
    assert all(one.finding.fingerprint != name for one in await store.findings("shop", session=None, open_only=False))
    assert name not in await summaries(store)
    assert await fault_of(store) is None


async def prepared(url: str) -> SqlStore:
    store = await SqlStore.open(url, StoppedClock())
    await store.create(shop(), REGISTERED)
    async with store.transaction("shop") as tx:
        tx.apply(in_sprint(tx.project))
    await change(store, "before", 10)
    return store


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_file_that_must_not_grow_stores_nothing_half(sqlite_url: str, tmp_path: Path) -> None:
    store = await prepared(sqlite_url)
    before = await store.load("shop")
    with largest_file((tmp_path / "sentinel.db-wal").stat().st_size + 4096):
        with pytest.raises(StoreUnavailableError):
            await change(store, "too much", 100_000)
        await whole_without(store, "too much", before)
    await change(store, "too much", 100_000)
    assert (await project_of(store)).name == "too much"
    assert await fault_of(store) is None
    await store.close()


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk("1m") as folder:
        yield folder


async def test_on_a_full_disk_nothing_is_half_done_and_it_goes_on_when_there_is_room(disk: Path) -> None:
    store = await prepared(f"sqlite:///{disk}/sentinel.db")
    before = await store.load("shop")
    filler = fill(disk)
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="database or disk is full"):
            await change(store, "too much", 20_000)
        await whole_without(store, "too much", before)
    filler.unlink()
    await change(store, "too much", 20_000)
    assert await fault_of(store) is None
    await store.close()
    reopened = await SqlStore.open(f"sqlite:///{disk}/sentinel.db", StoppedClock())
    assert (await project_of(reopened)).name == "too much"
    await reopened.close()


async def test_a_store_cannot_be_made_on_a_full_disk_and_can_when_there_is_room(disk: Path) -> None:
    filler = fill(disk)
    with pytest.raises(StoreUnavailableError):
        await SqlStore.open(f"sqlite:///{disk}/sentinel.db", StoppedClock())
    filler.unlink()
    store = await SqlStore.open(f"sqlite:///{disk}/sentinel.db", StoppedClock())
    await store.create(shop(), REGISTERED)
    await store.close()


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom the modes of files stop; root they do not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may enter, which pytest's are not."""
    made = Path(tempfile.mkdtemp(prefix="sentinel-folder-"))
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


async def test_a_read_only_store_is_unavailable_until_it_can_be_written(folder: Path) -> None:
    file = folder / "sentinel.db"
    await (await prepared(f"sqlite:///{file}")).close()
    file.chmod(0o444)
    folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreUnavailableError, match=r"readonly database|unable to open database file"):
        await SqlStore.open(f"sqlite:///{file}", StoppedClock())
    folder.chmod(0o755)
    file.chmod(0o644)
    store = await SqlStore.open(f"sqlite:///{file}", StoppedClock())
    await rename(store, "written")
    await store.close()


async def test_in_a_read_only_folder_no_store_can_be_made(folder: Path, sqlite_url: str) -> None:
    # What is only loaded when a store is opened is loaded by whoever may read it.
    await (await prepared(sqlite_url)).close()
    folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreUnavailableError, match="unable to open database file"):
        await SqlStore.open(f"sqlite:///{folder}/sentinel.db", StoppedClock())
    assert list(folder.iterdir()) == []
