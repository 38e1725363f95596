"""A small project on a machine in separated mode: the agent's working copy, and the remote that releases come from."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.protocol.installation import Installation
from tests.protocol.small import Small
from tests.separated.machine import PRODUCTION_SECRET, Machine


@dataclass(frozen=True, slots=True)
class Governed:
    machine: Machine
    small: Small

    @property
    def remote(self) -> Path:
        return self.machine.folder / "remote.git"

    @property
    def notes(self) -> Path:
        """A folder in which everybody may write, for what scripts tell the test."""
        return self.machine.folder / "notes"

    @property
    def production_file(self) -> Path:
        """Production's credentials."""
        return self.machine.layout.configuration / "production.env"

    @property
    def agent(self) -> Installation:
        return self.machine.sentinel(self.machine.agent)

    @property
    def operator(self) -> Installation:
        return self.machine.sentinel(self.machine.operator)

    def prepare(self) -> None:
        """Pushes the project to its remote, and hands files to their users."""
        self.notes.mkdir()
        self.notes.chmod(0o777)
        self.small.marks.touch()
        self.small.marks.chmod(0o666)
        daemon = self.machine.layout.daemon
        self.production_file.write_text(f"PRODUCTION_TOKEN={PRODUCTION_SECRET}\n")
        shutil.chown(self.production_file, "root", daemon)
        self.production_file.chmod(0o640)
        (self.machine.folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
        self.small.write(".gitignore", "out/\n")
        self.small.change_policy({"production.environment": {"env_file": str(self.production_file)}})
        self.small.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        self.push("Ignore what is built")

    def push(self, message: str) -> str:
        """Commits everything and pushes it; the commit."""
        trusting = {"GIT_CONFIG_GLOBAL": str(self.machine.folder / "gitconfig")}
        self.small.git("add", "--all", **trusting)
        self.small.git("commit", "--quiet", "--allow-empty", "--message", message, **trusting)
        self.small.git("push", "--quiet", str(self.remote), "main", **trusting)
        own = {self.remote: self.machine.layout.daemon, self.small.root: self.machine.agent}
        for place, user in own.items():
            subprocess.run(["chown", "-R", f"{user}:", str(place)], check=True)
        return self.small.git("rev-parse", "HEAD", **trusting)

    def script(self, name: str, then: str) -> None:
        """What the script or command `name` does besides leaving its mark."""
        if name in ("build", "tests"):
            kept = "; mkdir out && git rev-parse HEAD >out/app" if name == "build" else ""
            self.small.change_policy({name: {"command": f"{self.small.mark(name)}; {then}{kept}"}})
        else:
            self.small.script(name, then)

    def register(self) -> None:
        """What an operator does first."""
        added = self.operator.confirmed("project", "add", "--remote", str(self.remote))
        assert added.code == 0, added.err
        trusted = self.operator.trust()
        assert trusted.code == 0, trusted.out

    def note(self, name: str) -> str:
        """What a script wrote down."""
        return (self.notes / name).read_text().strip()

    def history(self) -> list[dict[str, object]]:
        printed = self.operator.run("audit", "export").out
        return [json.loads(line) for line in printed.splitlines()]
