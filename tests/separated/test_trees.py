"""Folders that the build user can write, while a process of that user exchanges what is in them for links."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.separated.machine import SECONDS, Machine

RACER = """
import os, sys
top, target, ready, stop = sys.argv[1:]
print(os.getpid(), flush=True)
open(ready, "w").close()
while not os.path.exists(stop):
    for number in range(12):
        place = f"{top}/d{number:02}"
        try:
            if os.path.islink(place):
                os.unlink(place)
                os.rename(place + ".x", place)
            else:
                os.rename(place, place + ".x")
                os.symlink(target, place)
        except OSError:
            pass
"""
MAKE = """
import os, sys
from pathlib import Path
os.umask(0o077)
top, target = map(Path, sys.argv[1:])
target.mkdir(parents=True)
(target / "key").write_text("the daemon's own")
(target / "deeper").mkdir()
(target / "deeper").chmod(0o750)
target.chmod(0o710)
for number in range(12):
    folder = top / f"d{number:02}"
    folder.mkdir(parents=True)
    for file in range(400):
        (folder / f"f{file}").write_text("content")
"""
HAND_OVER = """
import asyncio, grp, sys
from pathlib import Path
from types import SimpleNamespace
from sentinel.adapters.workspace import Workspace
work, top, group = sys.argv[1:]
launcher = SimpleNamespace(gid=grp.getgrnam(group).gr_gid)
asyncio.run(Workspace(Path(work), {"build": launcher}).hand_over(Path(top), "build"))
"""
REMOVE = """
import sys
from pathlib import Path
from sentinel.adapters.files import remove_tree
for _ in range(50):
    try:
        remove_tree(Path(sys.argv[1]))
    except OSError:
        continue
"""
COLLECT = """
import sys, asyncio
from pathlib import Path
from sentinel.adapters.artifacts.store import ArtifactStore
from sentinel.errors import SentinelError
store = ArtifactStore(Path(sys.argv[2]))
for number in range(20):
    try:
        kept = asyncio.run(store.collect(f"release-{number}", Path(sys.argv[1]), ("d*/**",)))
    except SentinelError:
        continue
    assert not any("key" in artifact.name for artifact in kept), kept
"""


@dataclass(frozen=True, slots=True)
class Race:
    """`top` is the checkout, `target` a folder of the daemon's own with a key in it."""

    machine: Machine

    @property
    def top(self) -> Path:
        return self.machine.layout.work / "small" / "operation" / "checkout-1"

    @property
    def target(self) -> Path:
        return self.machine.layout.home / "keys"

    def daemon(self, code: str, *words: object) -> None:
        self._run(self.machine.layout.daemon, code, *words)

    def hand_over(self) -> None:
        layout = self.machine.layout
        self.daemon(HAND_OVER, layout.work, self.top, layout.build)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A process of the build user that exchanges folders of the checkout for links, and back, as fast as it can."""
        ready, stop = self.machine.folder / "go" / "ready", self.machine.folder / "go" / "stop"
        ready.parent.mkdir()
        ready.parent.chmod(0o777)
        words = (self.top, self.target, ready, stop)
        racer = subprocess.Popen(self._words(self.machine.layout.build, RACER, *words), stdout=subprocess.PIPE)
        assert racer.stdout is not None
        try:
            assert racer.stdout.readline()
            yield
        finally:
            stop.touch()
            racer.wait(SECONDS)
            racer.stdout.close()

    def untouched(self) -> bool:
        """Whether the daemon's own folder is as it was, for its owner alone."""
        found = [(path.stat().st_mode & 0o7777, path.stat().st_gid) for path in (self.target, *self.target.iterdir())]
        own = self.machine.layout.home.stat().st_gid
        readable = self.machine.sh(self.machine.layout.build, f"cat {self.target}/key").returncode == 0
        return sorted(found) == sorted([(0o710, own), (0o600, own), (0o750, own)]) and not readable

    def _run(self, user: str, code: str, *words: object) -> None:
        done = subprocess.run(self._words(user, code, *words), capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr

    def _words(self, user: str, code: str, *words: object) -> list[str]:
        return [*self.machine.as_user(user), str(self.machine.python), "-P", "-c", code, *map(str, words)]


@pytest.fixture
def race(machine: Machine) -> Race:
    made = Race(machine)
    made.daemon(MAKE, made.top, made.target)
    return made


def test_a_folder_exchanged_for_a_link_during_the_hand_over_opens_nothing_else(race: Race) -> None:
    with race.running():
        race.hand_over()
    assert race.untouched()
    assert (race.top / "d00" / "f0").exists() or (race.top / "d00.x" / "f0").exists()


def test_a_folder_exchanged_for_a_link_during_its_removal_loses_nothing_else(race: Race) -> None:
    race.hand_over()
    with race.running():
        race.daemon(REMOVE, race.top)
    assert race.untouched()


def test_a_folder_exchanged_for_a_link_during_the_collection_adds_nothing_else(race: Race) -> None:
    race.hand_over()
    with race.running():
        race.daemon(COLLECT, race.top, race.machine.layout.home / "artifacts")
    assert race.untouched()
