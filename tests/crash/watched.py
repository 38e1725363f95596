"""A project whose scripts say when they begin and end, and notice when another one is there beside them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.protocol.working_copy import WorkingCopy

FAULTS = "faults"
"""The file in the repository that says what is wrong with it: names of scripts that fail, or `serving`."""

_POLICY = """\
schema = 1

[project]
id = "crash"
name = "Crash"
remote = "origin"

[build]
command = "deploy/build.sh"
artifacts = ["out/app"]

[tests]
command = "deploy/tests.sh"

[staging]
deploy = "deploy/staging.sh"
url = "{staging}"
version_path = "/version"
health_timeout = "10s"
smoke = "deploy/smoke.sh"
soak = "300ms"

[production]
deploy = "deploy/production.sh"
rollback = "deploy/rollback.sh"
url = "{production}"
version_path = "/version"
health_timeout = "10s"

[production.approval]
channels = ["terminal"]
expires = "{expires}"

[production.verification]
window = "{window}"
latency = "{latency}"
probe = {{ rate = 10 }}

[closure]
delete_branches = ["feature/*"]
"""

USUAL = {"expires": "15m", "window": "1s", "latency": "2s"}
"""A slow machine is not taken for a slow service, and no verification takes long."""

_SCRIPT = """\
#!/bin/sh
set -eu
say() {{ echo "$1 {name} $(date +%s%6N) $SENTINEL_RUN" >>{folder}/runs; }}
held() {{ [ -e {folder}/hold-{name} ] && [ "$SENTINEL_ATTEMPT" -le "$(cat {folder}/hold-{name})" ]; }}
exec 9>>{folder}/lock-{target}
if flock --nonblock 9; then say begin; else say beside; fi
if held && [ -e {folder}/strays ]; then setsid sleep 1000 & fi
while held; do sleep 0.02; done
if grep -qw {name} {faults}; then exit 1; fi
{work}
say end
"""


def _install(version: str, artifacts: str) -> str:
    """The version and the artifact that those variables name become what runs in a place, at once."""
    new = f'{{{{ echo "${version}"; cat "${artifacts}/out/app"; }}}} >{{folder}}/{{place}}.new'
    return f"{new}; mv {{folder}}/{{place}}.new {{folder}}/{{place}}"


_WORK = {
    "tests": "true",
    "build": "mkdir -p out; {{ git rev-parse HEAD; cat {faults}; }} >out/app",
    "staging": _install("SENTINEL_VERSION", "SENTINEL_ARTIFACTS"),
    "smoke": "true",
    "production": _install("SENTINEL_VERSION", "SENTINEL_ARTIFACTS"),
    "rollback": _install("SENTINEL_PREVIOUS_VERSION", "SENTINEL_PREVIOUS_ARTIFACTS"),
}
"""What each script does besides: the place where the release runs is a file, with its version and its artifact."""
_TARGETS = {"smoke": "staging", "rollback": "production"}
"""Scripts that work on another one's target: never two of them at once."""


@dataclass(frozen=True, slots=True)
class Watched(WorkingCopy):
    """`folder` holds what its scripts leave: `runs`, and the places `staging` and `production`."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, urls: Mapping[str, str], **rules: str) -> "Watched":
        """A repository with a remote and a merged branch; `urls` are where staging and production answer.

        `rules` are values of the policy that a scenario wants other than `USUAL`.
        """
        root = folder / "project"
        root.mkdir()
        watched = cls(root, folder)
        watched.git("init", "--quiet", "--initial-branch=main")
        watched.write("sentinel.toml", _POLICY.format(**urls, **{**USUAL, **rules}))
        watched.write("SPRINT.md", "# Sprint\n\n- [x] The only task\n")
        watched.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything.\n")
        watched.write(FAULTS, "none\n")
        for name, work in _WORK.items():
            target = _TARGETS.get(name, name)
            names = {"name": name, "target": target, "folder": folder, "faults": FAULTS}
            text = _SCRIPT.format(**names, work=work.format(**names, place=target))
            watched.write(f"deploy/{name}.sh", text, mode=0o755)
        watched.commit("Begin")
        watched.add_remote()
        watched.git("branch", "feature/begun")
        watched.git("push", "--quiet", "origin", "feature/begun")
        return watched

    def publish(self, faults: str, *, released: str = "") -> str:
        """Commits what is wrong from now on, and something new to release where `released` was; pushes it."""
        self.write(FAULTS, f"{faults}\n")
        if released:
            above = f"## [Unreleased]\n\n### Added\n\n- More than {released}.\n\n## [{released}] - 2026-11-01\n"
            self.edit("CHANGELOG.md", {"## [Unreleased]\n": above})
        commit = self.commit(f"Change what is wrong to {faults}")
        self.git("push", "--quiet", "origin", "main")
        return commit

    def hold(self, script: str, attempts: int = 1, *, strays: bool = False) -> None:
        """Its first attempts do not end until it is let go; with `strays` they start others, which never do."""
        (self.folder / f"hold-{script}").write_text(f"{attempts}\n")
        if strays:
            (self.folder / "strays").touch()

    def let_go(self, script: str) -> None:
        (self.folder / f"hold-{script}").unlink()

    def begun(self, script: str) -> "list[Line]":
        """What `script` said each time it began."""
        return [run for run in self.runs() if (run.name, run.word) == (script, "begin")]

    def runs(self) -> "list[Line]":
        """What the scripts have said, in order."""
        said = self.folder / "runs"
        return [Line.read(line) for line in said.read_text().splitlines()] if said.exists() else []

    def version_in(self, place: str) -> str:
        """Which version runs there; empty where none does."""
        return _running(self.folder / place).partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A script's `begin` or `end`, or `beside` where another one of its target still ran; `at` is in microseconds."""

    word: str
    name: str
    at: int
    folder: Path

    @classmethod
    def read(cls, text: str) -> "Line":
        word, name, at, folder = text.split()
        return cls(word, name, int(at), Path(folder))

    @property
    def attempt(self) -> int:
        return int(self.folder.name)

    @property
    def operation(self) -> str:
        return self.folder.parent.parent.name


@contextmanager
def place(file: Path) -> Iterator[str]:
    """The address of a service that is what `file` says: a version, then its artifact, whose faults it shows.

    While its health is held, nobody is told how it is.
    """
    held = file.with_name(f"hold-{file.name}-health")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            while self.path == "/healthz" and held.exists():
                time.sleep(0.02)
            text = _running(file)
            faulty = self.path == "/" and "serving" in text
            body = text.partition("\n")[0].encode()
            self.send_response(500 if faulty else 200 if text else 503)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The tests have nobody to tell."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _running(file: Path) -> str:
    return file.read_text() if file.exists() else ""
