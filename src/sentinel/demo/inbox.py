"""A notification service of the demo's own: what Sentinel sends to people arrives here, over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio

ARRIVAL_SECONDS = 15.0


class Inbox(ThreadingHTTPServer):
    """Listens on a free loopback port; `titles` are those of all notices that have arrived."""

    daemon_threads = True

    def __init__(self) -> None:
        self.titles: list[str] = []
        super().__init__(("127.0.0.1", 0), _Post)

    async def arrival(self, title: str) -> bool:
        """Whether a notice of that title has arrived, or does so in time; each is taken once."""
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
        """Nothing: stderr is the audience's."""


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    """Served by a thread until the end of the block."""
    with Inbox() as inbox:
        thread = threading.Thread(target=inbox.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield inbox
        finally:
            inbox.shutdown()
            thread.join()
