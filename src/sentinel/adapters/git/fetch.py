"""Fetching a release branch from the working copy and from its remote into the mirror."""

import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio
from anyio import to_thread

from sentinel.adapters.files import remove_tree
from sentinel.adapters.git.command import TRANSFER_TIMEOUT, UPLOAD_PACK, Git
from sentinel.adapters.git.location import Location, locate, read_small, with_branch
from sentinel.adapters.git.names import ref_name, sentence, shown
from sentinel.adapters.git.objects import is_ancestor, list_refs
from sentinel.adapters.git.remote import Remote, find_remote
from sentinel.adapters.process_output import Output
from sentinel.core.values.git import BRANCHES, TAGS, Refs
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

WORKING = "refs/working/heads/"
REMOTE = "refs/remote/heads/"
_REMOTE_TAGS = "refs/remote/tags/"
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
    refs = await fetch_working_branch(git, location, branch)
    if refs is None:
        await _check_commits(git, location)
        raise BranchMissingError(branch=branch)
    commit = refs.found[WORKING + branch].object
    there = await find_remote(git, location, remote, trusted=trusted) if remote else None
    if there is not None:
        with suppress(RemoteUnreachableError):
            await _check_level(git, there, branch, commit, refs)
    return commit


async def fetch_working_branch(git: Git, location: Location, branch: str) -> Refs | None:
    """Fetches the working copy's branch and all its tags; the mirror's refs then, None where it has no such branch."""
    refspecs = (f"+{BRANCHES}{branch}:{WORKING}{branch}", "+refs/tags/*:refs/working/tags/*")
    fault = await _fetch_here(git, location, *refspecs)
    if fault is None:
        return await list_refs(git)
    hostile = Git(location.common_dir, git.settings)
    if await hostile.line("rev-parse", "--quiet", "--verify", BRANCHES + branch) is None:
        return None
    raise FetchFailedError(source="the working copy", detail=fault)


async def fetch_commit(git: Git, location: Location, commit: str) -> None:
    """Brings one commit of the working copy into the mirror, if it lacks it; no ref is made."""
    if await is_ancestor(git, commit, commit):
        return
    fault = await _fetch_here(git, location, commit)
    if fault is not None:
        raise FetchFailedError(source="the working copy", detail=fault)


async def fetch_remote_branch(git: Git, remote: Remote, branch: str, refs: Refs | None = None) -> Refs | None:
    """The same from the remote, None where it has no branch at all; `refs` are the mirror's, where they are known.

    Nothing is fetched that is in the mirror already. Raises RemoteUnreachableError, RemoteBranchMissingError,
    ObjectFormatError.
    """
    listed = await remote.refs(git, f"{BRANCHES}*", f"{TAGS}*")
    heads = {name: tip for name, tip in listed.items() if name.startswith(BRANCHES)}
    if heads and BRANCHES + branch not in heads:
        others = ", ".join(shown(os.fsencode(head.removeprefix(BRANCHES))) for head in [*heads][:_NAMED])
        more = ", …" if len(heads) > _NAMED else ""
        raise RemoteBranchMissingError(remote=remote.name, branch=branch, others=f"{others}{more}")
    if not heads:
        return None
    tags = {_REMOTE_TAGS + name.removeprefix(TAGS): tip for name, tip in listed.items() if name.startswith(TAGS)}
    refs = refs if refs is not None else await list_refs(git)
    if not _has(refs, {**tags, REMOTE + branch: heads[BRANCHES + branch]}):
        refspecs = (f"+{BRANCHES}{branch}:{REMOTE}{branch}", f"+{TAGS}*:{_REMOTE_TAGS}*")
        fault = await _fetched(lambda: remote.fetch(git, *_FIXED, *refspecs))
        if fault is not None and _OTHER_FORMAT in fault:
            raise ObjectFormatError
        if fault is not None:
            raise RemoteUnreachableError(remote=remote.name, detail=fault)
        refs = await list_refs(git)
    only = {target.url for target in remote.targets} == {remote.url}
    there = {name.removeprefix(_REMOTE_TAGS): tip for name, tip in tags.items()}
    return replace(refs, remote_tags=there if only else None)


def _has(refs: Refs, listed: dict[str, str]) -> bool:
    """Whether the mirror has exactly these tags of the remote, and its branch."""
    names = {name for name in refs.found if name.startswith(_REMOTE_TAGS)} | {*listed}
    return all(name in refs.found and refs.found[name].object == listed.get(name) for name in names)


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
    """git itself is asked only where the file does not name the branch: it may be said otherwise."""
    if read_small(location.git_dir / "HEAD").strip() == f"ref: {BRANCHES}{branch}".encode():
        return
    current = await head_branch(git, location)
    if current is None:
        raise DetachedHeadError(branch=branch)
    await _check_commits(git, location)
    if current != branch:
        raise WrongBranchError(current=shown(current.encode("utf-8", "surrogateescape")), branch=branch)


async def _check_commits(git: Git, location: Location) -> None:
    if not await Git(location.common_dir, git.settings).line("for-each-ref", "--count=1", BRANCHES):
        raise NoCommitsError


async def head_branch(git: Git, location: Location) -> str | None:
    """The branch that is checked out; None for a detached HEAD."""
    target = await Git(location.git_dir, git.settings).line("symbolic-ref", "--quiet", "HEAD")
    return target.removeprefix(BRANCHES) if target else None


async def _check_level(git: Git, remote: Remote, branch: str, commit: str, refs: Refs) -> None:
    found = await fetch_remote_branch(git, remote, branch, refs)
    theirs = found.found[REMOTE + branch].object if found is not None else None
    if theirs == commit:
        return
    if theirs is None or await is_ancestor(git, theirs, commit):
        raise UnpushedCommitError(branch=branch, remote=remote.name)
    if await is_ancestor(git, commit, theirs):
        raise BehindRemoteError(branch=branch, remote=remote.name)
    raise DivergedBranchError(branch=branch, remote=remote.name)


async def contains(git: Git, refs: Refs, branch: str, commit: str) -> bool:
    """Whether the history of a branch (its ref in the mirror) holds the commit."""
    head = refs.found[branch].object
    return head == commit or await is_ancestor(git, commit, head)


def _locks(git_dir: Path) -> set[tuple[Path, int]]:
    """The locks of refs and index, each told from a later one of the same name by when it was made."""
    found = set()
    for lock in (*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")):
        with suppress(FileNotFoundError):
            found.add((lock, lock.stat().st_mtime_ns))
    return found
