"""A git server over HTTP: `git http-backend` behind a login, as a thread of the test."""

import base64
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

USER, PASSWORD = "user", "example-token-123"
Asks = Literal["always", "for pushes", "never"]


@dataclass(slots=True)
class GitServer:
    """Serves the bare repositories below `folder`; `asks` says when it wants a login, `header` what it wants besides.

    `logins` are those that it was given.
    """

    folder: Path
    environ: Mapping[str, str]
    asks: Asks = "always"
    header: tuple[str, str] | None = None
    logins: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, repository: str) -> str:
        return f"http://{self.place}/{repository}"

    @property
    def with_login(self) -> str:
        """A line of `git credential-store`."""
        return f"http://{USER}:{PASSWORD}@{self.place}\n"


@contextmanager
def git_server(folder: Path, environ: Mapping[str, str], asks: Asks = "always") -> Iterator[GitServer]:
    server = GitServer(folder, environ, asks)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    server.port = listener.server_address[1]
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _handler(server: GitServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"git": server})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    git: GitServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        chunked = self.headers.get("Transfer-Encoding")
        self._answer(self._chunks() if chunked else self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().strip(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, body: bytes) -> None:
        header = self.git.header
        if header is not None and self.headers.get(header[0]) != header[1]:
            self._send(403, {}, b"a header is missing")
        elif self._needs_login() and not self._logged_in():
            self._send(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
        else:
            self._send(*_backend(self.git, self.command, self.path, dict(self.headers), body))

    def _needs_login(self) -> bool:
        return self.git.asks == "always" or (self.git.asks == "for pushes" and "receive-pack" in self.path)

    def _logged_in(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        login = base64.b64decode(given).decode(errors="replace")
        self.git.logins += [login] if login else []
        return login == f"{USER}:{PASSWORD}"

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _backend(
    server: GitServer, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """What `git http-backend`, a CGI program, answers."""
    parts = urlsplit(target)
    variables = {
        "GIT_PROJECT_ROOT": str(server.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "REMOTE_USER": USER,
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "http-backend"], env={**server.environ, **variables}, input=body, capture_output=True, check=False
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    return int(lines.pop("Status", "200 OK").split()[0]), lines, content
