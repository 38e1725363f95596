"""A file that is no store any more is said to be one, and left as it is."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.errors.store import DamagedStoreError, StoreUnavailableError
from tests.adapters.store import raw
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import NOON, REGISTERED, StoppedClock, asked, rename, shop
from tests.postgres import PostgresServer


@pytest.fixture
async def file(tmp_path: Path, sqlite_url: str) -> Path:
    """A store of some size that nobody works on."""
    store = await SqlStore.open(sqlite_url, StoppedClock())
    await store.create(shop(), REGISTERED)
    for number in range(20):
        await rename(store, f"{number}")
    await store.close()
    return tmp_path / "sentinel.db"


async def refused(url: str, file: Path) -> str:
    """What opening says, after which the folder is as it was."""
    before = {path: path.read_bytes() for path in file.parent.iterdir()}
    with pytest.raises(DamagedStoreError) as error:
        await SqlStore.open(url, StoppedClock())
    assert {path: path.read_bytes() for path in file.parent.iterdir()} == before
    assert str(file) in error.value.fix
    return error.value.what


async def test_garbage_is_no_store(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "sentinel.db"
    file.write_bytes(hashlib.shake_256().digest(20_000))
    assert await refused(sqlite_url, file) == "The store cannot be read: file is not a database."


async def test_a_text_is_no_store(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "sentinel.db"
    file.write_text("dear diary\n")
    await refused(sqlite_url, file)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
async def test_a_file_that_was_cut_short_is_no_store(sqlite_url: str, file: Path, kept: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept)])
    assert await refused(sqlite_url, file) == "The store cannot be read: database disk image is malformed."


async def test_a_page_that_was_overwritten_is_found_when_it_is_read(sqlite_url: str, file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "malformed" in await refused(sqlite_url, file)


async def test_an_index_that_does_not_fit_its_table_is_damage(sqlite_url: str, file: Path) -> None:
    """SQLite has finer names for some kinds of damage: https://sqlite.org/rescode.html#corrupt_index"""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE INDEX hollow ON projects (wake_at) WHERE id IS NULL")
        pages = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
        connection.execute("PRAGMA writable_schema = ON")
        for name, other in (("hollow", "projects_wake_at"), ("projects_wake_at", "hollow")):
            connection.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (pages[other], name))
    store = await SqlStore.open(sqlite_url, StoppedClock())

    async def ask() -> None:
        async with store.transaction("shop") as tx:
            tx.apply(asked(tx.project, expires=NOON))

    with pytest.raises(DamagedStoreError, match="malformed"):
        await ask()
    await store.close()


async def test_a_folder_in_its_place_cannot_be_opened(empty_sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "sentinel.db").mkdir()
    with pytest.raises(StoreUnavailableError, match="unable to open database file"):
        await SqlStore.open(empty_sqlite_url, StoppedClock())


async def test_a_table_of_postgresql_that_was_overwritten_is_damage(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    await (await opened(postgres_url)).create(shop(), REGISTERED)
    [[path]] = raw.execute(postgres_url, "SELECT pg_relation_filepath('projects')")
    postgres_server.stop()
    table = postgres_server.data / path
    whole = table.read_bytes()
    table.write_bytes(whole[:4000] + b"\xff" * 100 + whole[4100:])
    postgres_server.start()
    with pytest.raises(DamagedStoreError, match="invalid page in block 0") as error:
        await (await opened(postgres_url)).load("shop")
    assert postgres_url.partition("/test_")[2].partition("?")[0] in error.value.fix
