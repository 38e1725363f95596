"""Behind a real pgbouncer: by transaction it is refused by name, by session the leases hold."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import psycopg
import pytest

from sentinel.adapters.store.store import SqlStore
from sentinel.errors.store import TransactionPoolerError
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, StoppedClock, shop
from tests.postgres import USER

DEADLINE = 20.0
Pooler = Callable[[str], str]

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed")


@pytest.fixture
def pooled(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooler]:
    """The address of the test's database through a pgbouncer with a `pool_mode`."""
    with ExitStack() as running:

        def start(mode: str) -> str:
            folder = tmp_path_factory.mktemp("pooler")
            port = _free_port()
            (folder / "users").write_text(f'"{USER}" ""\n', encoding="utf-8")
            (folder / "ini").write_text(_settings(postgres_url, folder, port, mode), encoding="utf-8")
            for path in (folder, *folder.iterdir()):
                path.chmod(0o755)
            account = ["-u", "nobody"] if Path("/proc/self").owner() == "root" else []
            program = subprocess.Popen(["pgbouncer", *account, str(folder / "ini")], stderr=subprocess.DEVNULL)
            running.callback(program.wait, DEADLINE)
            running.callback(program.kill)
            return f"postgresql://{USER}@127.0.0.1:{port}/{_database(postgres_url)}"

        yield start


async def test_a_pool_by_transaction_is_refused_by_name_and_keeps_nothing(pooled: Pooler, clock: StoppedClock) -> None:
    url = pooled("transaction")
    await _answers(url)
    with pytest.raises(TransactionPoolerError, match="pool by session"):
        await SqlStore.open(url, clock)


async def test_a_pool_by_transaction_with_many_idle_connections_is_refused_too(
    pooled: Pooler, clock: StoppedClock
) -> None:
    url = pooled("transaction")
    await _answers(url)
    with ExitStack() as stack:
        busy = [stack.enter_context(psycopg.connect(url, prepare_threshold=None)) for _ in range(3)]
        for connection in busy:
            connection.execute("SELECT true")
    with pytest.raises(TransactionPoolerError):
        await SqlStore.open(url, clock)


async def test_behind_a_pool_by_session_a_project_has_one_holder(pooled: Pooler, opened: Opening) -> None:
    url = pooled("session")
    await _answers(url)
    first, second = await opened(url), await opened(url)
    await first.create(shop(), REGISTERED)
    async with first.lease("shop") as held, second.lease("shop") as also:
        assert (held, also) == (True, False)
    async with second.lease("shop") as after:
        assert after


async def test_whose_lock_the_server_has_freed_under_a_living_session_is_cancelled(
    postgres_url: str, opened: Opening
) -> None:
    """What a pooler that resets sessions does: the session answers, and the lock is gone."""
    store = await opened(postgres_url)
    await store.create(shop(), REGISTERED)
    cancelled = False
    with anyio.fail_after(DEADLINE):
        async with store.lease("shop") as held:
            assert held
            await _session_of(store).execute("SELECT pg_advisory_unlock_all()")
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                cancelled = True
                raise
    assert cancelled


def _session_of(store: SqlStore) -> psycopg.AsyncConnection[object]:
    session = store._peers._session._session  # type: ignore[attr-defined]  # noqa: SLF001 - the very session is what is broken
    assert isinstance(session, psycopg.AsyncConnection)
    return session


async def _answers(url: str) -> None:
    with anyio.fail_after(DEADLINE):
        while True:
            try:
                with psycopg.connect(url, connect_timeout=2):
                    return
            except psycopg.OperationalError:
                await anyio.sleep(0.05)


def _settings(url: str, folder: Path, port: int, mode: str) -> str:
    server = psycopg.conninfo.conninfo_to_dict(url)
    return f"""
[databases]
{server["dbname"]} = host={server["host"]} user={USER} dbname={server["dbname"]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 20
ignore_startup_parameters = extra_float_digits
"""


def _database(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
