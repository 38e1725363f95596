"""Serves the shop over HTTP: `/` for visitors, `/healthz` and `/version` for whoever operates it."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

from shop.catalogue import load_catalogue
from shop.page import render


class Shop(ThreadingHTTPServer):
    """Listens on loopback; `place` chooses the catalogue, `version` is what `/version` answers."""

    daemon_threads = True

    def __init__(self, port: int, place: str, version: str) -> None:
        self._featured = cycle(load_catalogue(place))
        self.pages = {
            "/": lambda: render(next(self._featured)),
            "/healthz": lambda: "ok\n",
            "/version": lambda: f"{version}\n",
        }
        super().__init__(("127.0.0.1", port), Visit)


class Visit(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Shop

    def do_GET(self) -> None:
        """A page that cannot be made is an error to its visitor, and the next one is served."""
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            return self._answer(404, "There is no such page.\n")
        try:
            self._answer(200, page())
        except Exception as error:
            self.log_error("%s: %r", self.path, error)
            self._answer(500, "Something went wrong.\n")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        kind = "text/html" if text.startswith("<") else "text/plain"
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only errors are logged."""
