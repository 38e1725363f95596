"""Asking the mirror for commits and their history."""

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.commit_files import places
from sentinel.adapters.git.names import commit_id, is_commit_id, shown
from sentinel.core.candidate.changelog_sources import Commit
from sentinel.errors.git import (
    UnknownRevisionError,
)

COMMIT_LIMIT = 20_000
"""Commits since the newest release that are read."""
MESSAGE_LIMIT = 20_000


async def resolve(git: Git, name: str) -> str:
    """The commit that `name` (a full id or a tag) stands for; raises UnknownRevisionError, RefNameError."""
    for place in places(name):
        found = await git.line("rev-parse", "--quiet", "--verify", "--end-of-options", f"{place}^{{commit}}")
        if found is not None:
            return found
    raise UnknownRevisionError(name=shown(name.encode()))


async def commit_of(git: Git, revision: str) -> str:
    """The commit that `revision` stands for; a full id stands for itself, whether there is such a commit or not."""
    return revision if is_commit_id(revision) else await resolve(git, revision)


async def has_commit(git: Git, commit: str) -> bool:
    """Whether there is such a commit, reachable or not."""
    return (await git("cat-file", "-e", f"{commit_id(commit)}^{{commit}}", accept=(0, 1, 128))).status == 0


async def is_ancestor(git: Git, commit: str, of: str) -> bool:
    """Whether `commit` is `of` or in its history; an object that the mirror lacks is not."""
    words = ("merge-base", "--is-ancestor", commit_id(commit), commit_id(of))
    return (await git(*words, accept=(0, 1, 128))).status == 0


async def commits(git: Git, base: str | None, commit: str) -> tuple[Commit, ...]:
    """The commits in the history of `commit` and not of `base`, the newest first and without merges."""
    words = [commit_id(commit)]
    if base is not None:
        words.append(f"^{await commit_of(git, base)}")
    form = ("--no-merges", f"--max-count={COMMIT_LIMIT}", "-z", "--format=%H%n%B", "--encoding=UTF-8")
    listing = await git("log", *form, *words, "--")
    found = (row.partition("\n") for row in listing.stdout.decode("utf-8", "replace").split("\0") if row)
    return tuple(Commit(name, message[:MESSAGE_LIMIT]) for name, _, message in found)
