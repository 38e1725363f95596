"""The smallest project that can be released: scripts of one line, each leaving its mark, and services in the test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from anyio.from_thread import start_blocking_portal

from tests.adapters.http_services import Service, answers, serve
from tests.protocol.working_copy import WorkingCopy

SCRIPTS = ("staging", "smoke", "production", "rollback")


@dataclass(frozen=True, slots=True)
class Small(WorkingCopy):
    """Every command appends a line to `marks`: its name, and the version that it was given."""

    marks: Path
    staging: Service
    production: Service

    @classmethod
    def create(cls, folder: Path, id: str, staging: Service, production: Service) -> "Small":
        """A repository with one commit, whose only task is done."""
        small = cls(folder / id, folder / f"{id}.marks", staging, production)
        small.root.mkdir()
        small.git("init", "--quiet", "--initial-branch=main")
        small.write("sentinel.toml", tomlkit.dumps(small._policy(id)))
        small.write("SPRINT.md", "# Sprint\n\n- [x] The first task\n")
        small.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything.\n")
        for name in SCRIPTS:
            small.script(name, "true")
        small.commit("Begin")
        return small

    @property
    def id(self) -> str:
        return self.root.name

    def _policy(self, id: str) -> Mapping[str, Any]:
        return {
            "schema": 1,
            "project": {"id": id, "name": "Small"},
            "build": {
                "command": f"{self.mark('build')}; mkdir out && git rev-parse HEAD >out/app",
                "artifacts": ["out/app"],
            },
            "tests": {"command": self.mark("tests")},
            "staging": {
                "deploy": "deploy/staging.sh",
                "url": self.staging.url,
                "health_timeout": "10s",
                "smoke": "deploy/smoke.sh",
                "soak": "1ms",
            },
            "production": {
                "deploy": "deploy/production.sh",
                "rollback": "deploy/rollback.sh",
                "url": self.production.url,
                "health_timeout": "10s",
                "verification": {"window": "1s", "latency": "5s", "probe": {"rate": 20}},
            },
        }

    def mark(self, name: str) -> str:
        """The shell command that leaves the mark `name`."""
        return f'echo "{name} $SENTINEL_VERSION" >>{self.marks}'

    def marked(self) -> list[str]:
        """The marks that were left, in order."""
        return self.marks.read_text().splitlines() if self.marks.exists() else []

    def script(self, name: str, then: str) -> None:
        """Writes `deploy/NAME.sh`: its mark, and `then` in the shell."""
        self.write(f"deploy/{name}.sh", f"#!/bin/sh\n{self.mark(name)}\n{then}\n", mode=0o755)

    def change_policy(self, sections: Mapping[str, Mapping[str, Any]]) -> None:
        """Sets keys of sentinel.toml, by section; a dotted section is a nested one."""
        document = tomlkit.parse((self.root / "sentinel.toml").read_text())
        for section, keys in sections.items():
            table: Any = document
            for name in section.split("."):
                table = table.setdefault(name, {})
            table.update(keys)
        self.write("sentinel.toml", tomlkit.dumps(document))

    def next_changes(self, released: str, entry: str, category: str = "Added") -> str:
        """A commit with something to release after `released`."""
        unreleased = f"## [Unreleased]\n\n### {category}\n\n- {entry}\n\n## [{released}] - 2026-11-01\n"
        self.edit("CHANGELOG.md", {"## [Unreleased]\n": unreleased})
        return self.commit(entry)


@contextmanager
def two_services() -> Iterator[tuple[Service, Service]]:
    """Staging and production on a thread of their own: they answer while the test itself waits for a command."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve(answers(200, b"ok\n"))) as staging,
        portal.wrap_async_context_manager(serve(answers(200, b"ok\n"))) as production,
    ):
        yield staging, production
