"""Where a working copy keeps its repository, found by reading and without asking git, which would obey its config."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.files import read_regular
from sentinel.core.values.printable import printable
from sentinel.errors.git import BareRepositoryError, NotARepositoryError

_SMALL = 65536
_SHA256 = re.compile(rb"^\s*(?:\[extensions\]\s*)?objectformat\s*=\s*\"?sha256", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Location:
    """`git_dir` holds HEAD and index, `common_dir` refs, objects and config; they differ in a linked worktree."""

    root: Path
    git_dir: Path
    common_dir: Path

    @property
    def config(self) -> Path:
        """The repository's configuration: read as data, never obeyed."""
        return self.common_dir / "config"

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off when it was cloned."""
        return bool(read_small(self.common_dir / "shallow").strip())

    @property
    def is_sha256(self) -> bool:
        """Whether its objects have other names than those of the mirror."""
        return _SHA256.search(read_small(self.config)) is not None

    @property
    def admin_folders(self) -> tuple[Path, ...]:
        """The folder of the main worktree and that of every linked one."""
        linked = self.common_dir / "worktrees"
        return (self.common_dir, *(sorted(linked.iterdir()) if linked.is_dir() else ()))


def locate(root: Path) -> Location:
    """The repository of the working copy at `root`; raises NotARepositoryError."""
    root = root.absolute()
    git_dir = root / ".git"
    if git_dir.is_file():
        git_dir = root / _text(git_dir).removeprefix("gitdir:").strip()
    pointer = _text(git_dir / "commondir")
    common_dir = git_dir / pointer if pointer else git_dir
    if not (git_dir / "HEAD").exists() or not (common_dir / "objects").is_dir():
        raise NotARepositoryError(path=printable(str(root)))
    return Location(root, git_dir.resolve(), common_dir.resolve())


def read_small(path: Path, limit: int = _SMALL) -> bytes:
    """The first `limit` bytes of a regular file; nothing for anything else, so that a pipe cannot block."""
    return read_regular(path, limit) or b""


def _text(path: Path) -> str:
    return read_small(path).decode("utf-8", "surrogateescape").split("\0")[0].strip()


_BARE = re.compile(rb"^\s*(?:\[core\]\s*)?bare\s*=\s*(?:true|yes|on|1)\b", re.IGNORECASE | re.MULTILINE)


def with_branch(location: Location, branch: str) -> Location:
    """The worktree of this repository that has `branch` checked out; `location` itself where none other has."""
    wanted = f"ref: refs/heads/{branch}".encode()
    worktrees = (location, *_others(location))
    return next((tree for tree in worktrees if read_small(tree.git_dir / "HEAD").strip() == wanted), location)


def _others(location: Location) -> Iterator[Location]:
    """Those that git knows, and that know it."""
    main = location.common_dir
    roots = [main.parent] if main.name == ".git" and not _BARE.search(read_small(main / "config")) else []
    for folder in location.admin_folders[1:]:
        noted = read_small(folder / "gitdir").decode("utf-8", "surrogateescape").strip("\n")
        roots += [Path(noted).parent] if noted.startswith("/") and "\0" not in noted else []
    for root in roots:
        with suppress(NotARepositoryError, OSError):
            found = locate(root)
            if found.common_dir == location.common_dir:
                yield found


def enclosing_root(directory: Path) -> Path:
    """Raises NotARepositoryError, or BareRepositoryError where there is a repository without files."""
    directory = directory.resolve()
    for folder in (directory, *directory.parents):
        if (folder / ".git").exists():
            return locate(folder).root
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            raise BareRepositoryError(path=printable(str(folder)))
    raise NotARepositoryError(path=printable(str(directory)))
