"""Real repositories for tests: a working copy, a bare remote and a mirror, away from the real HOME."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sentinel.adapters.git.command import GitSettings
from sentinel.adapters.git.commit_files import FILE_LIMIT
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.worktree import Worktree


def isolated_environ(home: Path) -> dict[str, str]:
    """The environment of a user without any git configuration."""
    home.mkdir(parents=True, exist_ok=True)
    person = {"NAME": "A Person", "EMAIL": "person@example.org"}
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        **{f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in person.items()},
    }


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository that a person works in, with plain git."""

    root: Path
    environ: Mapping[str, str]

    def git(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Runs git as the person would and returns what it prints."""
        result = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.root,
            env=dict(self.environ),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or result.returncode == 0, result.stderr
        return result.stdout.strip()

    def write(self, name: str, text: str = "text\n") -> Path:
        """Writes a file of the working copy."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, message: str = "change", **files: str) -> str:
        """Commits everything, after writing `files` (`name=text`), and returns the commit."""
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True, slots=True)
class Scene:
    """What most tests need: a working copy with one commit, its bare remote by path, and Sentinel's mirror."""

    work: Repository
    remote: Repository
    mirror: Mirror
    worktree: Worktree
    folder: Path

    async def fetch(self, remote: str | None = "origin") -> str:
        """Fetches the release branch as a release does."""
        return await self.mirror.fetch(self.work.root, "main", remote)

    async def read(self, revision: str, path: str, *, limit: int = FILE_LIMIT) -> bytes | None:
        """A file of the mirror, at a commit or a tag."""
        async with self.mirror.reading() as reader:
            return await (await reader.at(revision)).read(path, limit=limit)

    def push(self) -> None:
        """Pushes the release branch as the person does."""
        self.work.git("push", "--quiet", "origin", "main")


def repository(root: Path, environ: Mapping[str, str], *options: str) -> Repository:
    """A new, empty repository at `root`."""
    root.mkdir(parents=True)
    made = Repository(root, environ)
    made.git("init", "--quiet", "--template=", "--initial-branch=main", *options)
    return made


def scene(folder: Path, inherited: Mapping[str, str] = MappingProxyType({})) -> Scene:
    """A working copy whose first commit is on the remote's main; the daemon's git has what is `inherited` besides."""
    environ = isolated_environ(folder / "home")
    template = _template()
    for name in ("remote.git", "work"):
        shutil.copytree(template / name, folder / name)
    remote, work = (Repository(folder / name, environ) for name in ("remote.git", "work"))
    config = work.root / ".git" / "config"
    config.write_text(config.read_text().replace(str(template), str(folder)))
    settings = GitSettings({"PATH": environ["PATH"], "HOME": environ["HOME"], **inherited})
    mirror = Mirror(folder / "daemon" / "mirror.git", settings)
    return Scene(work, remote, mirror, Worktree(work.root, mirror), folder)


@cache
def _template() -> Path:
    """Both repositories of a scene, which every other one is a copy of."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    atexit.register(shutil.rmtree, folder)
    environ = isolated_environ(folder / "home")
    remote = repository(folder / "remote.git", environ, "--bare")
    work = repository(folder / "work", environ)
    work.git("remote", "add", "origin", str(remote.root))
    work.commit("first", README="one\ntwo\n")
    work.git("push", "--quiet", "origin", "main")
    return folder
