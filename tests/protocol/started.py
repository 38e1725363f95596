"""Production as people have it: a process that is started from the folder that its script runs in."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.protocol.shop import free_port
from tests.protocol.small import Small

SERVER = '''\
"""server.py PORT. With a file `fault` beside it every third answer of "/" is a 500, in production alone."""
import http.server, itertools, os, pathlib, sys

requests = itertools.count()
folder = pathlib.Path.cwd()
told = {"/version": folder / "version.txt", "/dependencies": folder / "dependencies" / "installed"}


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        faulty = os.path.exists("fault") and os.environ.get("SENTINEL_TARGET") == "production"
        bad = faulty and self.path == "/" and next(requests) % 3 == 0
        self.send_response(500 if bad else 200)
        self.end_headers()
        self.wfile.write(told[self.path].read_bytes() if self.path in told else str(folder).encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Site).serve_forever()
'''
RESTART = """\
#!/bin/sh
# {remark}
set -eu
date +%s.%N >"{mark}"
pidfile="{pid}"
if [ -f "$pidfile" ]; then kill "$(cat "$pidfile")" || true; fi
setsid python3 server.py "${{SENTINEL_URL##*:}}" >/dev/null 2>&1 </dev/null &
echo $! >"$pidfile"
"""


@dataclass(frozen=True, slots=True)
class Started:
    """The small project, whose production is such a process; every fetch of a dependency says `when` it was made."""

    small: Small
    port: int

    @classmethod
    def create(cls, small: Small, **production: object) -> "Started":
        started = cls(small, free_port())
        small.write("server.py", SERVER)
        small.write("version.txt", "0.1.0\n")
        started.write_scripts("The way back.")
        url = f"http://127.0.0.1:{started.port}"
        small.change_policy(
            {
                "environment": {"pass": ["HOME"]},
                "build": {"setup": "mkdir -p dependencies && cat version.txt >dependencies/installed"},
                "production": {"url": url, "health_timeout": "15s", **production},
                "production.verification": {"window": "3s", "probe": {"rate": 30}},
            }
        )
        small.commit("Serve")
        return started

    def write_scripts(self, remark: str) -> None:
        for name in ("production", "rollback"):
            text = RESTART.format(remark=remark, mark=self.file(f"{name}.at"), pid=self.file("pid"))
            self.small.write(f"deploy/{name}.sh", text, mode=0o755)

    def file(self, name: str) -> Path:
        """A file beside the marks of the project."""
        return self.small.marks.with_suffix(f".{name}")

    def began(self, script: str) -> float:
        """When it was run last, in seconds since the epoch."""
        return float(self.file(f"{script}.at").read_text())

    def get(self, path: str = "/") -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode().strip()
        finally:
            connection.close()

    def next_version(self, released: str, version: str) -> None:
        """Something to release after `released`, which is a version of its own."""
        self.small.write("version.txt", f"{version}\n")
        self.small.next_changes(released, f"What {version} brings.")

    def close(self) -> None:
        with suppress(OSError, ValueError):
            pid = int(self.file("pid").read_text())
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                time.sleep(0.01)
