"""A person's repository with one commit, to which `sentinel init` is put."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sentinel.core.policy.model import Policy, read_policy
from sentinel.setup.init import init
from tests.adapters.repositories import Repository, isolated_environ, repository


def token(size: int) -> str:
    return "ab" * size


@dataclass(frozen=True, slots=True)
class Work:
    """`repository` and what `sentinel init` makes of it."""

    repository: Repository

    @property
    def root(self) -> Path:
        return self.repository.root

    @property
    def policy(self) -> Policy:
        """The one that was written."""
        return read_policy((self.root / "sentinel.toml").read_bytes())

    def init(
        self, directory: Path | None = None, *, print_only: bool = False, environ: Mapping[str, str] | None = None
    ) -> str:
        environ = {**self.repository.environ, **(environ or {})}
        return init(directory or self.root, print_only=print_only, environ=environ, token=token)

    def commit(self, files: Mapping[str, str]) -> None:
        """Commits `files`; those of deploy/ and wrappers are executable."""
        for name, text in files.items():
            path = self.repository.write(name, text)
            path.chmod(0o755 if text.startswith("#!") else 0o644)
        self.repository.commit()

    def files(self) -> dict[str, bytes]:
        """Everything in the working copy, links as what they lead to."""
        paths = (path for path in self.root.rglob("*") if ".git" not in path.relative_to(self.root).parts)
        return {
            str(path.relative_to(self.root)): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            for path in paths
            if path.is_symlink() or path.is_file()
        }


@pytest.fixture
def make_work(tmp_path: Path) -> Callable[[str], Work]:
    """Makes a repository with one commit in a folder of that name."""

    def make(folder: str) -> Work:
        made = repository(tmp_path / folder, isolated_environ(tmp_path / "home"))
        made.commit("first", README="A project.\n")
        return Work(made)

    return make


@pytest.fixture
def work(make_work: Callable[[str], Work]) -> Work:
    return make_work("shop")
