"""The user's working copy: hostile, so git works on it with a repository of the daemon's own (design 6)."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentinel.adapters.git.attributes import write_attributes
from sentinel.adapters.git.branches import delete_merged_branches
from sentinel.adapters.git.command import Git
from sentinel.adapters.git.environment import Config
from sentinel.adapters.git.fetch import create_mirror, fetch_commit, head_branch
from sentinel.adapters.git.location import Location, locate, read_small
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.names import shown
from sentinel.adapters.git.objects import has_commit
from sentinel.core.cleanup import BranchCleanup
from sentinel.errors.git import NoCommitsError

_SHOWN = 20
_EXCLUDE_LIMIT = 1024 * 1024
_SCRATCH = ".scratch-"
#: What a repository may say of its files: how the file system and the editors treat them, nothing to execute.
_FILE_SETTINGS = {
    "core.fileMode": ("true", "false"),
    "core.symlinks": ("true", "false"),
    "core.ignoreCase": ("true", "false"),
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
}


class Worktree:
    """The working copy at `path`, whose commits are in `mirror`."""

    def __init__(self, path: Path, mirror: Mirror) -> None:
        self.path = path.absolute()
        self._mirror = mirror.git
        self._trusted = mirror.trusted

    async def head_branch(self) -> str | None:
        """The branch that is checked out; None for a detached HEAD. Raises NotARepositoryError."""
        return await head_branch(self._mirror, locate(self.path))

    async def has_commit(self, commit: str) -> bool:
        """Whether it is among the objects of the repository, which are looked at and not obeyed."""
        objects_folder = locate(self.path).common_dir / "objects"
        quoted = str(objects_folder).replace("\\", "\\\\").replace('"', '\\"')
        variables = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}
        return await has_commit(Git(self._mirror.git_dir, self._mirror.settings, variables=variables), commit)

    async def uncommitted(self) -> tuple[str, ...]:
        """At most twenty paths that differ from HEAD, or are neither tracked nor ignored; none means clean.

        Every file is compared with an index made anew, so a repository's own index, with its flags to look away, says
        nothing. Ignored is what .gitignore and .git/info/exclude say, and the ignore file of the daemon's user.
        Submodules are left out: a release checkout refuses them. Raises NotARepositoryError, NoCommitsError.
        """
        location = locate(self.path)
        head = await Git(location.git_dir, self._mirror.settings).line("rev-parse", "--quiet", "--verify", "HEAD")
        if head is None:
            raise NoCommitsError
        await create_mirror(self._mirror)
        await fetch_commit(self._mirror, location, head)
        exclude = read_small(location.common_dir / "info" / "exclude", _EXCLUDE_LIMIT)
        return await differing(
            self._mirror, location.root, head, config=await self._file_settings(location), exclude=exclude
        )

    async def delete_merged_branches(
        self, patterns: tuple[str, ...], release_branch: str, merged_into: str, remote: str | None
    ) -> BranchCleanup:
        """Deletes branches that match a pattern ("*" matches "/" too) and whose commits the release contains.

        Never the release branch, one that a worktree uses, a symbolic one, or one whose tip moved meanwhile.
        """
        location = locate(self.path)
        return await delete_merged_branches(
            self._mirror, location, patterns, release_branch, merged_into, remote=remote, trusted=self._trusted
        )

    async def _file_settings(self, location: Location) -> Config:
        said = await self._mirror("config", "--file", str(location.config), "--no-includes", "--list", "-z")
        pairs = (entry.decode("utf-8", "replace").partition("\n") for entry in said.stdout.split(b"\0"))
        written = {key.lower(): value.lower() for key, _, value in pairs}
        return tuple(
            (key, written[key.lower()])
            for key, allowed in _FILE_SETTINGS.items()
            if written.get(key.lower()) in allowed
        )


async def differing(
    mirror: Git, root: Path, commit: str, *, config: Config = (), exclude: bytes = b"", attributes: bytes = b""
) -> tuple[str, ...]:
    """At most twenty paths of the files at `root` that differ from `commit`, or are neither tracked nor ignored.

    Nothing that the repository at `root` says of itself is obeyed; `exclude` and `attributes` are the contents of the
    files that say so for one repository.
    """
    with _scratch_repository(mirror.git_dir, root, commit, exclude, attributes) as (folder, variables):
        git = Git(folder, mirror.settings, config, variables)
        await git("read-tree", commit)
        listing = await git("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all")
    rows = [row for row in listing.stdout.split(b"\0") if row]
    return tuple(shown(row[3:]) for row in rows[:_SHOWN])


@contextmanager
def _scratch_repository(
    mirror: Path, root: Path, head: str, exclude: bytes, attributes: bytes
) -> Iterator[tuple[Path, dict[str, str]]]:
    """A git folder at `head` with the mirror's objects, its own index and the working copy's exclude file.

    It lies beside the mirror, where the next one removes what a killed daemon left: one is in use at a time.
    """
    for leftover in mirror.parent.glob(f"{_SCRATCH}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=mirror.parent, prefix=_SCRATCH) as name:
        folder = Path(name)
        for part in ("refs", "objects", "info"):
            (folder / part).mkdir()
        (folder / "HEAD").write_text(f"{head}\n")
        (folder / "info" / "exclude").write_bytes(exclude)
        write_attributes(folder, attributes)
        yield (
            folder,
            {
                "GIT_WORK_TREE": str(root),
                "GIT_OBJECT_DIRECTORY": str(mirror / "objects"),
                "GIT_INDEX_FILE": str(folder / "index"),
            },
        )
