"""The sample web service as a repository of its own: short times, free ports, and what a developer does to it."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

from tests.protocol.working_copy import WorkingCopy

SAMPLE = Path(__file__).parents[2] / "examples" / "web-service"
SECONDS = 20.0
QUICK = {
    'soak = "8s"': 'soak = "1s"',
    'window = "10s"': 'window = "2s"',
    "rate = 20": "rate = 50",
    'health_timeout = "15s"': 'health_timeout = "5s"',
}
"""What makes a trial release take seconds."""


@dataclass(frozen=True, slots=True)
class Shop(WorkingCopy):
    """A working copy of the sample at `root`; its services keep their files in `run`."""

    run: Path
    staging_port: int
    production_port: int

    @classmethod
    def create(cls, folder: Path, replacements: Mapping[str, str] = QUICK) -> "Shop":
        """A repository with one commit, its branch being `main`."""
        root = folder / "shop"
        shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("__pycache__", "dist"))
        shop = cls(root, folder / "run", free_port(), free_port())
        shop.edit(
            "sentinel.toml",
            {
                **replacements,
                "127.0.0.1:8001": f"127.0.0.1:{shop.staging_port}",
                "127.0.0.1:8002": f"127.0.0.1:{shop.production_port}",
            },
        )
        shop.git("init", "--quiet", "--initial-branch=main")
        shop.commit("Open the shop")
        return shop

    @property
    def environment(self) -> dict[str, str]:
        """What the daemon must have for the shop's scripts."""
        return {"SHOP_RUN": str(self.run), "PYTHON": sys.executable}

    def finish_sprint(self) -> str:
        """Ticks the open task off."""
        self.edit("SPRINT.md", {"- [ ]": "- [x]"})
        return self.commit("Sell products whose price is on request")

    def release_changelog(self, version: str, entry: str, category: str = "Added") -> None:
        """Puts what was unreleased under `version`, and a new entry above it."""
        unreleased = f"## [Unreleased]\n\n### {category}\n\n- {entry}\n\n## [{version}] - 2026-11-01\n"
        self.edit("CHANGELOG.md", {"## [Unreleased]\n": unreleased})

    def put_on_sale(self, version: str) -> str:
        """The second release, which fails every third visitor of production."""
        self.git("apply", "changes/sale.patch")
        self.release_changelog(version, "Everything is on sale.")
        return self.commit("Put everything on sale")

    def get(self, port: int, path: str = "/version") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode().strip()
        finally:
            connection.close()

    def version_in(self, target: str) -> str:
        """What `/version` answers, its first word; empty where nothing answers."""
        port = self.production_port if target == "production" else self.staging_port
        try:
            return self.get(port)[1].partition(" ")[0]
        except OSError:
            return ""

    def close(self) -> None:
        """Ends the services."""
        for pid_file in self.run.glob("*/pid"):
            with suppress(OSError, ValueError):
                pid = int(pid_file.read_text())
                os.kill(pid, signal.SIGTERM)
                deadline = time.monotonic() + SECONDS
                while pid_file.exists() and time.monotonic() < deadline:
                    time.sleep(0.01)


def free_port() -> int:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
