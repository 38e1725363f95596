"""The sample's repository, and what its developers do in it."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.resources import as_file, files
from pathlib import Path
from socket import socket

from sentinel.errors.setup import DemoSampleError

NAME = "web-service"
_UNWANTED = shutil.ignore_patterns("__pycache__", "dist")


def copy_sample(target: Path) -> None:
    """Copies it to `target`, which must not exist yet, without what was built in it."""
    packed = files(__package__) / NAME
    if not packed.is_dir():
        packed = Path(__file__).parents[3] / "examples" / NAME
    with as_file(packed) as source:
        shutil.copytree(source, target, ignore=_UNWANTED)


PORTS = {"staging": 8001, "production": 8002}
"""The ports in the sample's policy, which the demo replaces by free ones."""
BRANCH = "feature/apology"
PRODUCTS = 3
"""Of each catalogue: a visitor sees the next one with every visit."""
GIT_SECONDS = 30.0
GET_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Shop:
    """A working copy at `root`, its services at `ports` by target; `environment` is that of every git command."""

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
        """A feature branch, merged into `main` and left for Sentinel to delete. The merge's subject."""
        self._git("switch", "--quiet", "--create", BRANCH)
        self._edit("shop/server.py", {"Something went wrong.": "Sorry, something went wrong."})
        self._commit("Apologize for errors")
        self._git("switch", "--quiet", "main")
        self._git("merge", "--quiet", "--no-ff", "--message", f"Merge {BRANCH}", BRANCH)
        return f"Merge {BRANCH}"

    def finish_sprint(self) -> str:
        """Ticks the open task off. The commit's subject."""
        self._edit("SPRINT.md", {"- [ ]": "- [x]"})
        return self._commit("Tick the last task off")

    def put_on_sale(self, released: str) -> str:
        """The second release, whose fault no test and no staging shows. The commit's subject."""
        self._git("apply", "changes/sale.patch")
        self._write("SPRINT.md", "# Sprint: Sale\n\n- [x] Everything is on sale\n")
        today = datetime.now(UTC).date().isoformat()
        new = f"## [Unreleased]\n\n### Added\n\n- Everything is on sale.\n\n## [{released}] - {today}\n"
        self._edit("CHANGELOG.md", {"## [Unreleased]\n": new})
        return self._commit("Put everything on sale")

    def branches(self) -> list[str]:
        return self._git("branch", "--format=%(refname:short)").split()

    def visits(self, target: str) -> tuple[str, list[int]]:
        """What `/version` answers there, and the status of as many pages as the catalogue has products."""
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
        done = subprocess.run(  # noqa: S603 - the demo's own words
            ["git", *words],  # noqa: S607 - whichever git the user has
            cwd=self.root,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            start_new_session=True,  # a Ctrl-C is the demo's to handle
            check=True,
        )
        return done.stdout.strip()
