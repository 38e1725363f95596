"""A model's API on loopback, which answers by a script; a proxy too, which lets nothing out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from tests.clients.turn import Dialect, Move, Turn

Play = Callable[[Turn], Move]


class Model:
    """One client's model. `play` is asked for each of the agent's own requests, one after the other."""

    def __init__(self, dialect: Dialect, play: Play) -> None:
        self.dialect = dialect
        self.asides: list[str] = []
        self.refused: set[str] = set()
        """Other hosts that the client tried to reach."""
        self.failures: list[BaseException] = []
        self._play = play
        self._lock = Lock()
        self._number = 0

    def answer(self, path: str, body: dict[str, Any]) -> tuple[str, str]:
        with self._lock:
            turn = self.dialect.turn(path, body)
            if turn is None:
                self.asides.append(path)
                return self.dialect.aside(path, body)
            self._number += 1
            return self.dialect.answer(turn, self._play(turn), self._number)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that ends leaves its connections open."""


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                kind, text = model.answer(self.path, json.loads(raw or b"{}"))
            except BaseException as error:  # noqa: BLE001 - told by the test, which waits for the client
                model.failures.append(error)
                self._send(400, "application/json", json.dumps({"error": {"message": f"the script ends: {error!r}"}}))
            else:
                self._send(200, kind, text)

        def do_GET(self) -> None:
            model.asides.append(self.path)
            self._send(404, "application/json", "{}")

        do_HEAD = do_GET  # noqa: N815 - the name is the library's

        def do_CONNECT(self) -> None:
            model.refused.add(self.path)
            self._send(403, "text/plain", "nothing is let out")

        def _send(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """The record says it."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
