"""What `sentinel init` has to know of the git repository: its root, its branch and its remote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.fetch import head_branch
from sentinel.adapters.git.location import Location, enclosing_root, locate
from sentinel.adapters.git.remote import DEFAULT_REMOTE, find_remote
from sentinel.core.policy.values import Branch
from sentinel.core.values.printable import printable
from sentinel.errors.git import BareRepositoryError, NoCommitsError, ObjectFormatError
from sentinel.errors.setup import NoBranchCheckedOutError, UnfitBranchError
from sentinel.setup.init.files import unusable

SUBJECTS = 50
"""Commits that are looked at for how they are written."""
_BRANCH: TypeAdapter[str] = TypeAdapter(Branch)


@dataclass(frozen=True, slots=True)
class Repository:
    """`branch` is the one that is checked out; `has_remote` says whether `origin` is configured.

    `contained` are the tags in the branch's history, `tags` all of them, `subjects` those of its newest commits.
    """

    root: Path
    branch: str
    has_remote: bool
    contained: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


async def find_repository(directory: Path, environ: Mapping[str, str]) -> Repository:
    """The repository that encloses `directory`; raises NotARepositoryError, BareRepositoryError, NoCommitsError,
    NoBranchCheckedOutError, UnfitBranchError or RepositoryUnusableError.
    """
    try:
        root = enclosing_root(directory.resolve(strict=True))
        location = locate(root)
    except (OSError, RuntimeError) as error:
        raise unusable(directory, "read", error) from None
    if location.is_sha256:
        raise ObjectFormatError
    git = Git(location.git_dir, GitSettings(environ))
    if location.git_dir == location.common_dir and await _says_bare(git, location):
        raise BareRepositoryError(path=printable(str(root)))
    if await git.line("rev-parse", "--quiet", "--verify", "HEAD") is None:
        raise NoCommitsError
    branch = await head_branch(git, location)
    if branch is None:
        raise NoBranchCheckedOutError(path=printable(str(root)))
    return Repository(
        root,
        _fit(branch),
        await find_remote(git, location, DEFAULT_REMOTE) is not None,
        contained=await _lines(git, "for-each-ref", "--format=%(refname:strip=2)", "--merged=HEAD", "refs/tags/"),
        tags=await _lines(git, "for-each-ref", "--format=%(refname:strip=2)", "refs/tags/"),
        subjects=await _lines(git, "log", "--no-merges", f"--max-count={SUBJECTS}", "--format=%s", "HEAD", "--"),
    )


async def _lines(git: Git, *command: str) -> tuple[str, ...]:
    return tuple((await git(*command)).stdout.decode("utf-8", "replace").splitlines())


async def _says_bare(git: Git, location: Location) -> bool:
    """Linked worktrees of a repository that says so have files all the same."""
    words = ("--file", str(location.config), "--no-includes", "--type=bool", "--get", "core.bare")
    return await git.line("config", *words) == "true"


def _fit(branch: str) -> str:
    try:
        return _BRANCH.validate_python(branch)
    except ValidationError:
        raise UnfitBranchError(branch=printable(branch, limit=100)) from None
