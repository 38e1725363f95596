"""Every test of the store runs on both databases; those that need one of them ask for its address alone."""

import shutil
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.ports.store import Store
from tests.adapters.store.documents import REGISTERED, StoppedClock, shop
from tests.histories.template import new_template
from tests.postgres import PostgresServer

DEADLINE = 20.0
Opening = Callable[[str], Awaitable[SqlStore]]


@pytest.fixture(autouse=True)
async def no_connection_is_left() -> AsyncIterator[None]:
    """Each of SQLite's has a thread, which must not outlive the event loop that it answers to."""
    yield
    with anyio.fail_after(DEADLINE):
        while any("_connection_worker_thread" in thread.name for thread in threading.enumerate()):
            await anyio.sleep(0.01)


@pytest.fixture
def postgres_url(postgres_url: str, postgres_server: PostgresServer) -> Iterator[str]:
    """The shared fixture's, which drops what is still connected: here nothing may be."""
    yield postgres_url
    _until_left(postgres_url, postgres_server)


@pytest.fixture
def empty_postgres_url(empty_postgres_url: str, postgres_server: PostgresServer) -> Iterator[str]:
    """As `postgres_url`."""
    yield empty_postgres_url
    _until_left(empty_postgres_url, postgres_server)


def _until_left(url: str, server: PostgresServer) -> None:
    deadline = time.monotonic() + DEADLINE
    while sessions := server.sessions(url):
        assert time.monotonic() < deadline, sessions
        time.sleep(0.01)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'sentinel.db'}"


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    with new_template() as path:
        yield path


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, tmp_path: Path, sqlite_template: Path) -> str:
    shutil.copyfile(sqlite_template, tmp_path / "sentinel.db")
    return empty_sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a store that holds nothing."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without a table."""
    url = request.getfixturevalue("empty_sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def opened(clock: StoppedClock) -> AsyncIterator[Opening]:
    """Opens stores, and closes them after the test."""
    async with AsyncExitStack() as stores:

        async def open_store(url: str) -> SqlStore:
            store = await SqlStore.open(url, clock)
            stores.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture
async def store(store_url: str, opened: Opening) -> SqlStore:
    """A store with the project `shop`; it is what the engine asks for."""
    store = await opened(store_url)
    port: Store = store
    await port.create(shop(), REGISTERED)
    return store
