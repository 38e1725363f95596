"""The demo's installation: one folder with its own state, home, git configuration and shop, and its processes."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.resources import as_file, files
from pathlib import Path
from socket import socket

from sentinel.adapters.files import remove_tree
from sentinel.errors.setup import DemoSampleError
from sentinel.launch.locations import SOCKET_PATH_LIMIT, operator_socket, socket_path_length

NAME = "web-service"
_UNWANTED = shutil.ignore_patterns("__pycache__", "dist")


def copy_sample(target: Path) -> None:
    """Copies the sample to `target`, which must not exist, without files that were built in it."""
    packed = files(__package__) / NAME
    if not packed.is_dir():
        packed = Path(__file__).parents[3] / "examples" / NAME
    with as_file(packed) as source:
        shutil.copytree(source, target, ignore=_UNWANTED)


PORTS = {"staging": 8001, "production": 8002}
"""The ports in the sample's policy; the demo replaces them with free ones."""
BRANCH = "feature/apology"
PRODUCTS = 3
"""In each catalogue: every visit shows the next one."""
GIT_SECONDS = 30.0
GET_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Shop:
    """A working copy at `root`, with its services at `ports` by target; git commands run in `environment`."""

    root: Path
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    def open(self) -> None:
        """A repository with one commit on `main`."""
        copy_sample(self.root)
        self._edit(
            "sentinel.toml",
            {f"127.0.0.1:{port}": f"127.0.0.1:{self.ports[target]}" for target, port in PORTS.items()},
        )
        self._git("init", "--quiet", "--initial-branch=main")
        self._commit("Open the shop")

    def merge_feature(self) -> str:
        """Merges a feature branch into `main`, which Sentinel deletes later. Returns the merge's subject."""
        self._git("switch", "--quiet", "--create", BRANCH)
        self._edit("shop/server.py", {"Something went wrong.": "Sorry, something went wrong."})
        self._commit("Apologize for errors")
        self._git("switch", "--quiet", "main")
        self._git("merge", "--quiet", "--no-ff", "--message", f"Merge {BRANCH}", BRANCH)
        return f"Merge {BRANCH}"

    def finish_sprint(self) -> str:
        """Ticks the open task off. Returns the commit's subject."""
        self._edit("SPRINT.md", {"- [ ]": "- [x]"})
        return self._commit("Tick the last task off")

    def put_on_sale(self, released: str) -> str:
        """The second release, with a fault that neither tests nor staging find. Returns the commit's subject."""
        self._git("apply", "changes/sale.patch")
        self._write("SPRINT.md", "# Sprint: Sale\n\n- [x] Everything is on sale\n")
        today = datetime.now(UTC).date().isoformat()
        new = f"## [Unreleased]\n\n### Added\n\n- Everything is on sale.\n\n## [{released}] - {today}\n"
        self._edit("CHANGELOG.md", {"## [Unreleased]\n": new})
        return self._commit("Put everything on sale")

    def branches(self) -> list[str]:
        return self._git("branch", "--format=%(refname:short)").split()

    def visits(self, target: str) -> tuple[str, list[int]]:
        """What `/version` answers there, and the status of one page for each product of the catalogue."""
        version = self._get(target, "/version")[1]
        return version, [self._get(target, "/")[0] for _ in range(PRODUCTS)]

    def is_open(self, target: str) -> bool:
        """Whether anything answers there."""
        with socket() as link:
            return link.connect_ex(("127.0.0.1", self.ports[target])) == 0

    def _get(self, target: str, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.ports[target], timeout=GET_SECONDS)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode().strip()
        finally:
            connection.close()

    def _commit(self, subject: str) -> str:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", subject)
        return subject

    def _edit(self, file: str, replacements: Mapping[str, str]) -> None:
        text = (self.root / file).read_text(encoding="utf-8")
        for old, new in replacements.items():
            if old not in text:
                raise DemoSampleError(file=file, text=repr(old))
            text = text.replace(old, new)
        self._write(file, text)

    def _write(self, file: str, text: str) -> None:
        (self.root / file).write_text(text, encoding="utf-8")

    def _git(self, *words: str) -> str:
        return _output("git", *words, folder=self.root, environment=self.environment, seconds=GIT_SECONDS)


def _output(*words: str, folder: Path, environment: Mapping[str, str], seconds: float) -> str:
    """Of the demo's own words, without a terminal. Raises CalledProcessError, or TimeoutExpired."""
    done = subprocess.run(  # noqa: S603 - no word is anybody else's
        words,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        start_new_session=True,  # only the demo handles a Ctrl-C
        check=True,
    )
    return done.stdout.strip()


LOOK_SECONDS = 0.02
END_SECONDS = 5.0
"""How long a process may take to end after a TERM before it is killed."""
_PROC = Path("/proc")


def marked(mark: str) -> set[int]:
    """The running processes whose environment contains `mark`, a NAME=value."""
    return _from_proc(mark.encode()) if _PROC.joinpath("self", "environ").exists() else _from_ps(mark)


def _from_proc(mark: bytes) -> set[int]:
    found = set()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    return found


def _from_ps(mark: str) -> set[int]:
    """On macOS and the BSDs, ps shows the environment after the command."""
    command = ["ps", "-axwwE", "-o", "pid=,command="]
    listing = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout  # noqa: S603
    lines = (line.split(maxsplit=1) for line in listing.splitlines())
    return {int(words[0]) for words in lines if mark in words[-1].split()}


def end(mark: str, seconds: float = END_SECONDS) -> set[int]:
    """Ends all marked processes. Returns those that even a KILL did not end: there should be none."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in marked(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if until(lambda: not marked(mark), seconds):
            return set()
    return marked(mark)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


# -P: Python in the governed repository must not import from it.
SENTINEL = (sys.executable, "-P", "-c", "from sentinel.front.cli.main import main; raise SystemExit(main())")
COMMAND_SECONDS = 60.0
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What the demo's processes get of the user's environment: what is needed to find programs."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`folder` holds everything; every process of the demo has `environment`, or the part that is passed on."""

    folder: Path
    shop: Shop
    environment: Mapping[str, str]

    @classmethod
    def build(cls) -> "Installation":
        """In a new, empty folder."""
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

    def set_up(self, notices: int) -> None:
        """Writes the shop and the daemon's configuration; `notices` is the port of the inbox."""
        (self.folder / "tmp").mkdir()
        self._write(".gitconfig", "[user]\n\tname = Demo\n\temail = demo@example.org\n")
        self._write("home/daemon.toml", f'[notifications]\naddresses = ["json://127.0.0.1:{notices}"]\n')
        self.shop.open()

    @property
    def mark(self) -> str:
        """A variable that every process of the demo has in its environment, and no other process."""
        return f"SHOP_RUN={self.environment['SHOP_RUN']}"

    def sentinel(self, *words: str) -> str:
        """The output of a command without a terminal. Raises CalledProcessError."""
        return _output(*SENTINEL, *words, folder=self.shop.root, environment=self.environment, seconds=COMMAND_SECONDS)

    def close(self) -> str:
        """Ends the daemon and the services. Returns in words which other processes still ran, or an empty text.

        Those are ended too: a script that runs when the daemon stops would continue without it.
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
    """In the usual folder for temporary files, or in /tmp if that path is too long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="sentinel-"))
    if socket_path_length(operator_socket(str(folder / "home"))) <= SOCKET_PATH_LIMIT:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="sentinel-", dir="/tmp"))


def _free_ports() -> dict[str, int]:
    """One for each target; all are held until the last is known, so that they are different."""
    held = {target: socket() for target in PORTS}
    try:
        for one in held.values():
            one.bind(("127.0.0.1", 0))
        return {target: int(one.getsockname()[1]) for target, one in held.items()}
    finally:
        for one in held.values():
            one.close()
