"""A repository that a developer works in, with plain git and away from the real HOME."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PERSON = {"NAME": "Dev", "EMAIL": "dev@example.org"}
_IDENTITY = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _PERSON.items()}
GIT_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **_IDENTITY}


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    root: Path

    def git(self, *words: str, **variables: str) -> str:
        return self.execute("git", *words, **variables)

    def execute(self, *words: str, **variables: str) -> str:
        """A program in the working copy; what it prints."""
        done = subprocess.run(
            words,
            cwd=self.root,
            env={"PATH": os.environ["PATH"], **GIT_ENVIRONMENT, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def edit(self, file: str, replacements: Mapping[str, str]) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        for old, new in replacements.items():
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def write(self, file: str, text: str, *, mode: int = 0o644) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def add_remote(self) -> Path:
        """A bare repository beside the working copy, as its remote `origin`, with the branch pushed."""
        remote = self.root.with_name(f"{self.root.name}.git")
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
        self.git("remote", "add", "origin", str(remote))
        self.git("push", "--quiet", "origin", "main")
        return remote
