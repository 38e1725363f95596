"""The daemon that is attacked: one process that serves all three ways in, with secrets that it must keep."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

from sentinel.launch.locations import agent_socket, operator_socket
from tests.front.http.remote import Remote
from tests.fuzz.case import REPOSITORY, TOKENS
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.small import Small, two_services

CANARY = "canary-3f9c1d7a52"
"""The value of a variable of the daemon's environment."""
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """`log` is what the daemon says on stderr; `words` stand in a case for what they mean here."""

    site: Installation
    process: psutil.Process
    log: Path
    port: int
    words: Mapping[bytes, bytes]

    @property
    def agents(self) -> Path:
        return Path(agent_socket(str(self.site.home)))

    @property
    def operators(self) -> Path:
        return Path(operator_socket(str(self.site.home)))

    @property
    def remote(self) -> Remote:
        return Remote(self.site, self.port)

    @property
    def secrets(self) -> list[bytes]:
        return [CANARY.encode(), *(self.words[token] for token in TOKENS)]


@contextmanager
def attacked() -> Iterator[Target]:
    """A daemon with one idle project, which is trusted, and with tokens of it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True) as folder, two_services() as services:
        small = Small.create(Path(folder), "governed", *services)
        site = Installation(Path(folder) / "home", small.root, {"CANARY": CANARY})
        site.home.mkdir()
        log = Path(folder) / "daemon.log"
        words = [*SENTINEL, "daemon", "run", "--listen", "127.0.0.1:0"]
        with (
            log.open("wb") as stderr,
            subprocess.Popen(words, cwd=folder, env=site.environment, stderr=stderr) as daemon,
        ):
            try:
                port = _port(log, daemon)
                site.pin()
                remote = Remote(site, port)
                meant = {token: remote.token()[1].encode() for token in TOKENS}
                meant |= {REPOSITORY: str(small.root).encode(), b"@host@": b"127.0.0.1:%d" % port}
                yield Target(site, psutil.Process(daemon.pid), log, port, meant)
            finally:
                daemon.terminate()
                daemon.wait(START_SECONDS)


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]


def _port(log: Path, daemon: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        said = events(log) if log.read_bytes().endswith(b"\n") else []
        if any(event["event"] == "serving" for event in said):
            return int(next(event["port"] for event in said if event["event"] == "listening"))
        time.sleep(0.02)
    raise AssertionError(log.read_text())
