"""The person: types at a pseudo-terminal, and gets notices in an inbox of the demo's own, over HTTP."""

import json
import os
import pty
import select
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio

from sentinel.demo.installation import SENTINEL, Installation

SECONDS = 60.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """What the terminal showed up to the typed line, what came after it, and the command's exit code."""

    shown: tuple[str, ...]
    answer: tuple[str, ...]
    code: int


def at_terminal(installation: Installation, *words: str, prompt: str, typed: str) -> Seen:
    """Runs a command of Sentinel at a terminal of its own, and types `typed` when `prompt` has appeared."""
    leader, follower = pty.openpty()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*SENTINEL, *words],
            cwd=installation.shop.root,
            env=dict(installation.environment),
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        try:
            shown = _read_until(leader, prompt)
            if shown.endswith(prompt):
                os.write(leader, f"{typed}\n".encode())
            rest = _read_until(leader, None)
            return _seen(shown, rest, process.wait(SECONDS))
        finally:
            process.kill()
            process.wait()
    finally:
        os.close(leader)


def _seen(shown: str, rest: str, code: int) -> Seen:
    """The terminal echoes what is typed, after the prompt."""
    echo, _, answer = rest.partition("\n")
    return Seen(tuple(f"{shown}{echo}".splitlines()), tuple(answer.strip().splitlines()), code)


def _read_until(leader: int, prompt: str | None) -> str:
    """What appears until `prompt` ends it, or until the terminal closes; terminals end lines with CR and LF."""
    seen = b""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and not (prompt is not None and seen.endswith(prompt.encode())):
        if select.select([leader], [], [], LOOK_SECONDS)[0]:
            try:
                data = os.read(leader, 65536)
            except OSError:  # the other side has closed
                break
            if not data:
                break
            seen += data
    return seen.decode(errors="replace").replace("\r\n", "\n")


ARRIVAL_SECONDS = 15.0


class Inbox(ThreadingHTTPServer):
    """Listens on a free loopback port; `titles` are those of the notices that have arrived."""

    daemon_threads = True

    def __init__(self) -> None:
        self.titles: list[str] = []
        super().__init__(("127.0.0.1", 0), _Post)

    async def arrival(self, title: str) -> bool:
        """Whether a notice of that title has arrived, or arrives in time; each counts once."""
        with anyio.move_on_after(ARRIVAL_SECONDS):
            while title not in self.titles:
                await anyio.sleep(0.02)
            self.titles.remove(title)
            return True
        return False


class _Post(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        """As apprise posts to `json://`: an object with a title and a message."""
        length = int(self.headers.get("Content-Length", 0))
        self.server.titles.append(str(json.loads(self.rfile.read(length))["title"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing: stderr belongs to the viewer."""


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    """A thread serves it until the block ends."""
    with Inbox() as inbox:
        thread = threading.Thread(target=inbox.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield inbox
        finally:
            inbox.shutdown()
            thread.join()
