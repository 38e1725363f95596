"""Fetching a release branch from the working copy and from its remote into the mirror."""

import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import anyio
from anyio import to_thread

from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.command import TRANSFER_TIMEOUT, Git
from sentinel.adapters.git.environment import UPLOAD_PACK
from sentinel.adapters.git.location import Location, locate
from sentinel.adapters.git.names import ref_name, sentence, shown
from sentinel.adapters.git.objects import is_ancestor
from sentinel.adapters.git.remote import Remote, find_remote
from sentinel.adapters.git.worktrees import with_branch
from sentinel.adapters.process_output import Output
from sentinel.core.values.git_names import BRANCHES
from sentinel.errors.git import (
    BehindRemoteError,
    BranchMissingError,
    DetachedHeadError,
    DivergedBranchError,
    FetchFailedError,
    NoCommitsError,
    ObjectFormatError,
    RemoteBranchMissingError,
    RemoteUnreachableError,
    ShallowCloneError,
    UnpushedCommitError,
    WrongBranchError,
)

#: git holds the lock of a ref for milliseconds: one that stays this long was left by a git that died with its host.
_LOCK_SECONDS = 2.0
_FIXED = ("--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc")
_OTHER_FORMAT = "mismatched algorithms"
_NAMED = 10
"""Branches of a remote that are named where the release branch is none of them."""
_LOCKED = re.compile(rb"cannot lock ref|\.lock': File exists")


async def create_mirror(git: Git) -> None:
    """Makes the mirror where there is none, whole or not at all, and removes what a crash left in it."""
    if not git.git_dir.exists():
        partial = git.git_dir.with_name(f"{git.git_dir.name}.partial")
        await to_thread.run_sync(remove_tree, partial)
        await to_thread.run_sync(lambda: partial.mkdir(mode=0o700, parents=True))
        await Git(partial, git.settings)("init", "--quiet", "--bare", "--template=", "--initial-branch=none")
        partial.rename(git.git_dir)
    await free_refs(git)


async def free_refs(git: Git) -> None:
    """Removes what a crash left locked in the mirror; before its refs are written, since nobody else ever would."""
    stale = await to_thread.run_sync(_locks, git.git_dir)
    deadline = anyio.current_time() + _LOCK_SECONDS
    while stale and anyio.current_time() < deadline:
        await anyio.sleep(_LOCK_SECONDS / 20)
        stale &= await to_thread.run_sync(_locks, git.git_dir)
    for lock, _ in stale:
        lock.unlink(missing_ok=True)


async def fetch_release_branch(
    git: Git, worktree: Path, branch: str, remote: str | None, *, trusted: tuple[str, ...] | None = None
) -> str:
    """The commit at the head of `branch` in the working copy, now in the mirror and level with the remote's.

    Where the working copy has the remote and it answers, the commit must be the head of the branch there, because the
    tag of the release is pushed. A remote that does not answer is tolerated here and refused before production.
    """
    location = with_branch(locate(worktree), ref_name(branch))
    if location.is_sha256:
        raise ObjectFormatError
    if location.is_shallow:
        raise ShallowCloneError
    await _check_head(git, location, branch)
    commit = await fetch_working_branch(git, location, branch)
    if commit is None:
        raise BranchMissingError(branch=branch)
    there = await find_remote(git, location, remote, trusted=trusted) if remote else None
    if there is not None:
        with suppress(RemoteUnreachableError):
            await _check_level(git, there, branch, commit)
    return commit


async def fetch_working_branch(git: Git, location: Location, branch: str) -> str | None:
    """Fetches the working copy's branch and all its tags; returns the branch's commit, None where there is none."""
    hostile = Git(location.common_dir, git.settings)
    if await hostile.line("rev-parse", "--quiet", "--verify", BRANCHES + branch) is None:
        return None
    refspecs = (f"+{BRANCHES}{branch}:refs/working/heads/{branch}", "+refs/tags/*:refs/working/tags/*")
    output = await _fetch_here(git, location, *refspecs)
    if output is not None:
        raise FetchFailedError(source="the working copy", detail=output)
    return await git.line("rev-parse", "--verify", f"refs/working/heads/{branch}^{{commit}}")


async def fetch_commit(git: Git, location: Location, commit: str) -> None:
    """Brings one commit of the working copy into the mirror, if it lacks it; no ref is made."""
    if await is_ancestor(git, commit, commit):
        return
    output = await _fetch_here(git, location, commit)
    if output is not None:
        raise FetchFailedError(source="the working copy", detail=output)


async def fetch_remote_branch(git: Git, remote: Remote, branch: str) -> str | None:
    """The same from the remote, None where it has no branch at all.

    Raises RemoteUnreachableError, RemoteBranchMissingError, ObjectFormatError.
    """
    heads = await remote.refs(git, f"{BRANCHES}*")
    if heads and BRANCHES + branch not in heads:
        others = ", ".join(shown(os.fsencode(head.removeprefix(BRANCHES))) for head in [*heads][:_NAMED])
        more = ", …" if len(heads) > _NAMED else ""
        raise RemoteBranchMissingError(remote=remote.name, branch=branch, others=f"{others}{more}")
    if not heads:
        return None
    refspecs = (f"+{BRANCHES}{branch}:refs/remote/heads/{branch}", "+refs/tags/*:refs/remote/tags/*")
    output = await _fetched(lambda: remote.fetch(git, *_FIXED, *refspecs))
    if output is not None and _OTHER_FORMAT in output:
        raise ObjectFormatError
    if output is not None:
        raise RemoteUnreachableError(remote=remote.name, detail=output)
    return await git.line("rev-parse", "--verify", f"refs/remote/heads/{branch}^{{commit}}")


async def _fetch_here(git: Git, location: Location, *refspecs: str) -> str | None:
    words = (*_FIXED, f"--upload-pack={UPLOAD_PACK}", "--", str(location.common_dir), *refspecs)
    return await _fetched(lambda: git("fetch", *words, accept=(0, 1, 128), seconds=TRANSFER_TIMEOUT))


async def _fetched(fetch: Callable[[], Awaitable[Output]]) -> str | None:
    """What git said where it failed. Where another daemon fetches at that moment, it is tried again."""
    deadline = anyio.current_time() + _LOCK_SECONDS
    while True:
        output = await fetch()
        if output.status == 0:
            return None
        if not _LOCKED.search(output.stderr) or anyio.current_time() > deadline:
            return sentence(output.stderr)
        await anyio.sleep(_LOCK_SECONDS / 20)


async def _check_head(git: Git, location: Location, branch: str) -> None:
    current = await head_branch(git, location)
    if current is None:
        raise DetachedHeadError(branch=branch)
    if not await Git(location.common_dir, git.settings).line("for-each-ref", "--count=1", BRANCHES):
        raise NoCommitsError
    if current != branch:
        raise WrongBranchError(current=shown(current.encode("utf-8", "surrogateescape")), branch=branch)


async def head_branch(git: Git, location: Location) -> str | None:
    """The branch that is checked out; None for a detached HEAD."""
    target = await Git(location.git_dir, git.settings).line("symbolic-ref", "--quiet", "HEAD")
    return target.removeprefix(BRANCHES) if target else None


async def _check_level(git: Git, remote: Remote, branch: str, commit: str) -> None:
    theirs = await fetch_remote_branch(git, remote, branch)
    if theirs == commit:
        return
    if theirs is None or await is_ancestor(git, theirs, commit):
        raise UnpushedCommitError(branch=branch, remote=remote.name)
    if await is_ancestor(git, commit, theirs):
        raise BehindRemoteError(branch=branch, remote=remote.name)
    raise DivergedBranchError(branch=branch, remote=remote.name)


def _locks(git_dir: Path) -> set[tuple[Path, int]]:
    """The locks of refs and index, each told from a later one of the same name by when it was made."""
    found = set()
    for lock in (*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")):
        with suppress(FileNotFoundError):
            found.add((lock, lock.stat().st_mtime_ns))
    return found
