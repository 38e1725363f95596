"""One project's git in separated mode: fetched from the registered remote, and no working copy at all."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git import fetch, tags
from sentinel.adapters.git.branches import delete_merged_remote_branches
from sentinel.adapters.git.checkout import OWN_BYTES
from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.differing import Tree, differing
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.names import ref_name, without_login
from sentinel.adapters.git.remote import Remote, resolved
from sentinel.adapters.git.repository import ProjectRepository
from sentinel.adapters.git.user_configuration import read_user_configuration
from sentinel.core.candidate.commit_files import Difference
from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.release.model import Origin
from sentinel.core.values.git import BranchCleanup, Refs
from sentinel.errors.git import BranchMissingError
from sentinel.errors.release import UnknownPolicyError

NAME = "the remote"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRepository(ProjectRepository):
    """`origin` is what an operator registered; the policy's own `branch` and `remote` are the working copies'."""

    origin: Origin

    @property
    def _git(self) -> Git:
        return self._mirror.git

    async def _remote(self) -> Remote:
        return await registered(self._git, self.origin)

    async def head(self, *, remote: bool = True) -> str:  # noqa: ARG002 - there is nothing else
        """Raises RemoteUnreachableError, BranchMissingError."""
        async with self.locks.fetching:
            return await fetch_head(self._git, self.origin)

    async def addresses(self) -> tuple[str, ...]:
        """Nothing is pinned: an operator has registered the address."""
        return ()

    async def has_commit(self, commit: str) -> bool:
        return await self._mirror.has_commit(commit)

    async def uncommitted(self, commit: str) -> tuple[Difference, ...]:  # noqa: ARG002
        """Nothing: what is released comes from the remote. What a build changes is `left_by`."""
        return ()

    async def left_by(self, checkout: Path, commit: str) -> tuple[Difference, ...]:
        """At most twenty paths of a fresh checkout that a build changed, or left without being told to ignore them."""
        async with self.locks.fetching:
            return await differing(self._git, Tree(checkout, attributes=OWN_BYTES), commit)

    async def _address(self) -> str | None:
        return without_login(self.origin.url)

    async def remote_tag_objects(self, tag: str, refs: Refs | None = None) -> frozenset[str]:
        if refs is not None and refs.remote_tags is not None:
            return frozenset(filter(None, [refs.remote_tags.get(tag)]))
        return await tags.remote_tag_objects(self._git, await self._remote(), tag)

    async def push_tag(self, tag: str, tag_object: str) -> None:
        await tags.push_tag(self._git, await self._remote(), tag, tag_object)

    async def try_push(self, tag: str, commit: str | None = None) -> None:
        await tags.try_push(self._git, await self._remote(), tag, commit)

    async def refs_with(self, commit: str) -> Refs | None:
        async with self.locks.fetching:
            await fetch.free_refs(self._git)
            return await self._mirror.remote_refs_with(await self._remote(), ref_name(self.origin.branch), commit)

    async def clean_up(self, released: str) -> BranchCleanup:
        patterns = self.policy.closure.delete_branches
        if not patterns:
            return BranchCleanup()
        remote = await self._remote()
        return await delete_merged_remote_branches(self._git, remote, patterns, self.origin.branch, released)


async def registered(git: Git, origin: Origin) -> Remote:
    """The registered remote, as the git configuration of the daemon's user resolves and reaches it."""
    user = await read_user_configuration(git.settings, git.git_dir)
    return resolved(NAME, (origin.url,), (), user, git.git_dir)


async def fetch_head(git: Git, origin: Origin) -> str:
    """The commit at the head of the registered branch, now in the mirror, which is made where there is none."""
    await fetch.create_mirror(git)
    refs = await fetch.fetch_remote_branch(git, await registered(git, origin), ref_name(origin.branch))
    if refs is None:
        raise BranchMissingError(branch=origin.branch)
    return refs.found[f"{fetch.REMOTE}{origin.branch}"].object


@dataclass(frozen=True, slots=True)
class RemotePolicies:
    """Reads policies where they are registered from; `folder` is the daemon's own."""

    folder: Path
    settings: GitSettings

    async def at(self, origin: Origin) -> Policy:
        """Raises what `fetch_head` and `read_policy` raise, and UnknownPolicyError where there is none."""
        async with self._scratch() as mirror:
            commit = await fetch_head(mirror.git, origin)
            async with mirror.reading() as reader:
                raw = await (await reader.at(commit)).read(POLICY_FILE)
        if raw is None:
            raise UnknownPolicyError(commit=commit[:12])
        return read_policy(raw)

    @asynccontextmanager
    async def _scratch(self) -> AsyncIterator[Mirror]:
        """A mirror for once: which project it is of is what it shall say."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".look-") as name:
            yield Mirror(Path(name, "mirror.git"), self.settings)
