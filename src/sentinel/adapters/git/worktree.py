"""The user's working copy: hostile, so git works on it with a repository of the daemon's own."""

import os
from pathlib import Path

from sentinel.adapters.files import read_regular
from sentinel.adapters.git.branches import delete_merged_branches
from sentinel.adapters.git.command import Config, Git
from sentinel.adapters.git.configuration import FILE_LIMIT, UserConfiguration, parsed, read_user_configuration
from sentinel.adapters.git.differing import Tree, differing
from sentinel.adapters.git.fetch import fetch_commit, head_branch
from sentinel.adapters.git.location import Location, locate, read_small, with_branch
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.names import shown
from sentinel.adapters.git.objects import has_commit
from sentinel.core.candidate.commit_files import Difference
from sentinel.core.policy.document import POLICY_FILE, SIZE_LIMIT
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.values.git import BranchCleanup
from sentinel.errors.git import NoCommitsError
from sentinel.errors.policy import PolicyMissingError

#: What a repository may say of its files: how the file system and the editors treat them, nothing to execute.
_FILE_SETTINGS = {
    "core.fileMode": ("true", "false"),
    "core.symlinks": ("true", "false"),
    "core.ignoreCase": ("true", "false"),
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
}


class Worktree:
    """The working copy at `path`, whose commits are in `mirror`; where `branch` is given, its worktree that has it."""

    def __init__(self, path: Path, mirror: Mirror, branch: str | None = None) -> None:
        self.path = path.absolute()
        self._mirror = mirror.git
        self._trusted = mirror.trusted
        self._branch = branch

    async def head_branch(self) -> str | None:
        """The branch that is checked out; None for a detached HEAD. Raises NotARepositoryError."""
        return await head_branch(self._mirror, self._located())

    async def has_commit(self, commit: str) -> bool:
        """Whether it is among the objects of the repository, which are looked at and not obeyed."""
        objects_folder = locate(self.path).common_dir / "objects"
        quoted = str(objects_folder).replace("\\", "\\\\").replace('"', '\\"')
        variables = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}
        return await has_commit(Git(self._mirror.git_dir, self._mirror.settings, variables=variables), commit)

    async def uncommitted(self, commit: str) -> tuple[Difference, ...]:
        """At most twenty files that differ from HEAD, or are neither tracked nor ignored; none means clean.

        HEAD was at `commit` a moment ago: git is asked where it is now only if files differ from that.

        Every file is compared with an index made anew, so a repository's own index, with its flags to look away, says
        nothing but of two things: which files a sparse checkout leaves out, and whether a file that goes through a
        filter was touched since git compared it. Ignored, and changed by line ends, is what the repository and the git
        configuration of the daemon's user say. Submodules are left out: a release checkout refuses them.
        Raises NotARepositoryError, NoCommitsError, UserConfigurationError.
        """
        location = self._located()
        user = await read_user_configuration(self._mirror.settings, location.git_dir)
        tree = await self._tree(location, user)
        found = await differing(self._mirror, tree, commit)
        if not found:
            return ()
        head = await Git(location.git_dir, self._mirror.settings).line("rev-parse", "--quiet", "--verify", "HEAD")
        if head is None:
            raise NoCommitsError
        if head == commit:
            return found
        await fetch_commit(self._mirror, location, head)
        return await differing(self._mirror, tree, head)

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

    def _located(self) -> Location:
        location = locate(self.path)
        return with_branch(location, self._branch) if self._branch is not None else location

    async def _tree(self, location: Location, user: UserConfiguration) -> Tree:
        """What git knows of the files beside what is committed."""
        written = await self._written(location)
        own = tuple(
            (key, written[key.lower()])
            for key, allowed in _FILE_SETTINGS.items()
            if written.get(key.lower()) in allowed
        )
        configured = [key for key, _ in user.settings]
        return Tree(
            root=location.root,
            config=(*_attributes_of(user, self._mirror.settings.environ.get("HOME")), *user.files, *own),
            exclude=read_small(location.common_dir / "info" / "exclude", FILE_LIMIT),
            attributes=read_small(location.common_dir / "info" / "attributes", FILE_LIMIT),
            index=location.git_dir / "index",
            sparse=written.get("core.sparsecheckout") == "true",
            filters=frozenset(
                key.split(".", 1)[1].rpartition(".")[0] for key in (*configured, *written) if _filters(key)
            ),
        )

    async def _written(self, location: Location) -> dict[str, str]:
        """The repository's own settings, and the worktree's."""
        written: dict[str, str] = {}
        for file in (location.config, location.git_dir / "config.worktree"):
            if file.is_file():
                entries = await parsed(self._mirror, read_small(file, FILE_LIMIT), of=shown(os.fsencode(file)))
                written |= {_lower(key): (value or "").lower() for key, value in entries}
        return written


def _lower(key: str) -> str:
    """git itself has lowered what it takes in any case; a filter's name it does not."""
    return key if key.startswith("filter.") else key.lower()


def _filters(key: str) -> bool:
    return key.startswith("filter.") and key.endswith((".clean", ".process"))


def _attributes_of(user: UserConfiguration, home: str | None) -> Config:
    """The user's attributes where no setting names them."""
    named = any(key == "core.attributesfile" for key, _ in user.settings)
    return (("core.attributesFile", f"{home}/.config/git/attributes"),) if home and not named else ()


def working_policy(root: Path) -> Policy:
    """The policy as it lies in the working copy at `root`: good for routing, for nothing that is executed.

    Raises PolicyMissingError, and what `read_policy` raises.
    """
    raw = read_regular(root / POLICY_FILE, SIZE_LIMIT + 1)
    if raw is None:
        raise PolicyMissingError(path=root)
    return read_policy(raw)
