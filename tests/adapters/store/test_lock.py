"""One daemon per SQLite store: the second is refused and told who has it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.adapters.store.lock import DaemonLock
from sentinel.errors.store import StoreInUseError, StoreUnavailableError

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from sentinel.adapters.store.lock import DaemonLock

DaemonLock(Path(sys.argv[1])).acquire()
child = subprocess.Popen([sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"])
sys.stdin.read()
"""


@contextmanager
def daemon(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the lock, and a command running that outlives it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_daemon_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "home" / "daemon.lock"
    with daemon(lock) as first, pytest.raises(StoreInUseError, match=rf"\(process {first.pid}\)"):
        DaemonLock(lock).acquire()


def test_the_lock_is_free_when_its_daemon_dies_though_its_commands_live_on(tmp_path: Path) -> None:
    with daemon(tmp_path / "daemon.lock") as first:
        first.kill()
        first.wait()
        lock = DaemonLock(tmp_path / "daemon.lock")
        lock.acquire()
        with pytest.raises(StoreInUseError, match=rf"\(process {os.getpid()}\)"):
            DaemonLock(tmp_path / "daemon.lock").acquire()
        lock.release()


def test_a_released_lock_can_be_acquired_again(tmp_path: Path) -> None:
    for _ in range(2):
        lock = DaemonLock(tmp_path / "daemon.lock")
        lock.acquire()
        lock.release()


def test_a_refused_daemon_leaves_the_name_of_the_first(tmp_path: Path) -> None:
    with daemon(tmp_path / "daemon.lock") as first:
        for _ in range(2):
            with pytest.raises(StoreInUseError, match=str(first.pid)):
                DaemonLock(tmp_path / "daemon.lock").acquire()


def test_a_lock_that_cannot_be_made_says_where_and_why(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(StoreUnavailableError, match=r"home/daemon.lock: (Not a directory|File exists)"):
        DaemonLock(tmp_path / "home" / "daemon.lock").acquire()
