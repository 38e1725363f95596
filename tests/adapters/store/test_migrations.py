"""A store is brought to this version's schema when it is opened, however often and by however many."""

import sys
from pathlib import Path

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.store.tables import SCHEMA, metadata
from sentinel.core.release.change import Snapshot
from sentinel.errors.store import NewerStoreError, StoreUnavailableError
from tests.adapters.store import raw
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, StoppedClock, project_of, rename, shop

ROOT = Path(__file__).parents[3]
FROM_THE_FUTURE = "UPDATE alembic_version SET version_num = '9999'"


async def test_a_fresh_store_has_the_tables_that_the_code_uses(empty_url: str, opened: Opening) -> None:
    await opened(empty_url)
    with raw.engine(empty_url) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert raw.execute(empty_url, "SELECT version_num FROM alembic_version") == [(SCHEMA,)]


async def test_opening_it_again_changes_nothing(store: SqlStore, store_url: str, opened: Opening) -> None:
    await rename(store, "kept")
    await store.close()
    assert (await project_of(await opened(store_url))).name == "kept"
    assert raw.execute(store_url, "SELECT version_num FROM alembic_version") == [(SCHEMA,)]


async def test_daemons_that_start_together_on_an_empty_database_share_it(
    empty_postgres_url: str, opened: Opening
) -> None:
    stores: list[SqlStore] = []

    async def start() -> None:
        stores.append(await opened(empty_postgres_url))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(start)
    await stores[0].create(shop(), REGISTERED)
    assert [await store.load("shop") for store in stores] == [Snapshot(shop(), 1)] * 4


async def test_a_store_of_a_newer_sentinel_is_left_as_it_is(store: SqlStore, store_url: str) -> None:
    await store.close()
    raw.execute(store_url, FROM_THE_FUTURE)
    raw.execute(store_url, "ALTER TABLE projects ADD COLUMN novelty TEXT DEFAULT 'kept'")
    with pytest.raises(NewerStoreError, match=f"schema 9999, this one knows {SCHEMA}"):
        await SqlStore.open(store_url, StoppedClock())
    assert raw.execute(store_url, "SELECT id, novelty FROM projects") == [("shop", "kept")]


async def test_a_migration_that_fails_leaves_nothing_half_done(empty_url: str, opened: Opening) -> None:
    """A table that is in its way, as from somebody else's use of the database."""
    raw.execute(empty_url, "CREATE TABLE samples (mine INTEGER)")
    with pytest.raises(StoreUnavailableError, match="samples"):
        await SqlStore.open(empty_url, StoppedClock())
    raw.execute(empty_url, "DROP TABLE samples")
    assert await (await opened(empty_url)).load("shop") is None


USE = """
import sys, anyio
from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.documents import StoppedClock

async def main():
    await (await SqlStore.open(sys.argv[1], StoppedClock())).close()

anyio.run(main)
print(*({"alembic", "psycopg"} & set(sys.modules)))
"""


async def test_what_a_store_in_a_file_does_not_need_is_not_loaded(empty_sqlite_url: str, opened: Opening) -> None:
    """Both take time at every start, and memory as long as the daemon runs."""
    await opened(empty_sqlite_url)
    done = await anyio.run_process([sys.executable, "-c", USE, empty_sqlite_url], cwd=ROOT)
    assert done.stdout.split() == []
