"""Where the demo plays: one folder with a state, a home and a git configuration of its own, and what runs there."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from sentinel.adapters.files import remove_tree
from sentinel.demo.repository import PORTS, Shop
from sentinel.launch.locations import SOCKET_PATH_LIMIT, operator_socket, socket_path_length

LOOK_SECONDS = 0.02
END_SECONDS = 5.0
"""How long a process may take to end after a TERM; after that it is killed."""
_PROC = Path("/proc")


def marked(mark: str) -> set[int]:
    """The living processes in whose environment `mark`, a NAME=value, stands."""
    return _from_proc(mark.encode()) if _PROC.joinpath("self", "environ").exists() else _from_ps(mark)


def _from_proc(mark: bytes) -> set[int]:
    found = set()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def _from_ps(mark: str) -> set[int]:
    """As macOS and the BSDs show it: the environment behind the command."""
    command = ["ps", "-axwwE", "-o", "pid=,command="]
    listing = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout  # noqa: S603
    lines = (line.split(maxsplit=1) for line in listing.splitlines())
    return {int(words[0]) for words in lines if mark in words[-1].split()}


def end(mark: str, seconds: float = END_SECONDS) -> set[int]:
    """Ends all that are marked. Those that even a KILL did not end, which should be none."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in marked(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if until(lambda: not marked(mark), seconds):
            return set()
    return marked(mark)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


# -P: what runs in the governed repository imports nothing of it.
SENTINEL = (sys.executable, "-P", "-c", "from sentinel.front.cli.main import main; raise SystemExit(main())")
COMMAND_SECONDS = 60.0
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that the demo's processes get of the user's environment: what programs are found by."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`folder` holds everything; every process of the demo has `environment`, or what is passed on of it."""

    folder: Path
    shop: Shop
    environment: Mapping[str, str]

    @classmethod
    def build(cls) -> "Stage":
        """A new folder, empty as yet."""
        folder = _new_folder()
        own = {
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "SENTINEL_HOME": str(folder / "home"),
            "SHOP_RUN": str(folder / "run"),
            "PYTHON": sys.executable,
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return cls(folder, Shop(folder / "shop", _free_ports(), {**kept, **own}), {**kept, **own})

    def furnish(self, notices: int) -> None:
        """The shop and the daemon's configuration; `notices` is the port on which notifications are taken."""
        (self.folder / "tmp").mkdir()
        self._write(".gitconfig", "[user]\n\tname = Demo\n\temail = demo@example.org\n")
        self._write("home/daemon.toml", f'[notifications]\naddresses = ["json://127.0.0.1:{notices}"]\n')
        self.shop.open()

    @property
    def mark(self) -> str:
        """What every process of the demo has in its environment, and no other process anywhere."""
        return f"SHOP_RUN={self.environment['SHOP_RUN']}"

    def sentinel(self, *words: str) -> str:
        """What a command prints where there is no terminal. Raises CalledProcessError."""
        done = subprocess.run(  # noqa: S603 - our own program
            [*SENTINEL, *words],
            cwd=self.shop.root,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            start_new_session=True,  # a Ctrl-C is the demo's to handle
            check=True,
        )
        return done.stdout.strip()

    def close(self) -> str:
        """Ends the daemon and the services. What else still ran, in words; empty where nothing did.

        A script that runs when the daemon stops would go on without it, so whatever is left is ended as well.
        """
        with suppress(OSError, subprocess.SubprocessError):
            self.sentinel("daemon", "stop")
        services = self._services()
        until(lambda: marked(self.mark) <= services, END_SECONDS)
        unexpected = marked(self.mark) - services
        immortal = end(self.mark)
        named = {"processes": unexpected, "processes that cannot be ended": immortal}
        return ", ".join(f"{name} {sorted(pids)}" for name, pids in named.items() if pids)

    def remove(self) -> bool:
        """Whether the folder is gone."""
        with suppress(OSError):
            remove_tree(self.folder)
        return not self.folder.exists()

    def _services(self) -> set[int]:
        found = set()
        for file in (self.folder / "run").glob("*/pid"):
            with suppress(OSError, ValueError):
                found.add(int(file.read_text()))
        return found

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _new_folder() -> Path:
    """In the usual place for temporary files, or in /tmp where that is too deep for a socket's path."""
    folder = Path(tempfile.mkdtemp(prefix="sentinel-"))
    if socket_path_length(operator_socket(str(folder / "home"))) <= SOCKET_PATH_LIMIT:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="sentinel-", dir="/tmp"))


def _free_ports() -> dict[str, int]:
    """One for each target; all are held until the last is known, so that they differ."""
    held = {target: socket() for target in PORTS}
    try:
        for one in held.values():
            one.bind(("127.0.0.1", 0))
        return {target: int(one.getsockname()[1]) for target, one in held.items()}
    finally:
        for one in held.values():
            one.close()
