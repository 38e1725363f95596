"""One project's git as the engine asks for it: the daemon's mirror, its signing key, and the user's working copy.

In separated mode there is no working copy: the mirror is fetched from the registered remote.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import anyio
from anyio import to_thread

from sentinel.adapters.git import fetch, tags
from sentinel.adapters.git.branches import delete_merged_remote_branches
from sentinel.adapters.git.checkout import OWN_BYTES
from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.commit_files import CommitReader
from sentinel.adapters.git.configuration import read_user_configuration
from sentinel.adapters.git.differing import Tree, differing
from sentinel.adapters.git.location import locate
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.names import ref_name, without_login
from sentinel.adapters.git.remote import DEFAULT_REMOTE, Remote, find_remote, resolved
from sentinel.adapters.git.worktree import Worktree
from sentinel.adapters.keys.tag_key import SigningKey, Tools, ensure_key, expiry, refusal
from sentinel.core.candidate.changelog_sources import Commit
from sentinel.core.candidate.commit_files import Difference
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.proof.checkpoint import TagObject
from sentinel.core.release.contents import Comparison, ReleaseCommit
from sentinel.core.release.model import Origin
from sentinel.core.values.git import BranchCleanup, Refs
from sentinel.core.values.printable import printable
from sentinel.errors import SentinelError
from sentinel.errors.git import BranchMissingError, SigningKeyExpiresError, SigningKeyRefusedError, UnknownRevisionError
from sentinel.errors.release import UnknownPolicyError


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Locks:
    """Of one project: `fetching` is held while refs of the mirror are written, `key` while the key is in use.

    gpg's agent, which has an OpenPGP key in memory, is ended after each use, never while another one uses it.
    """

    fetching: anyio.Lock = field(default_factory=anyio.Lock)
    key: anyio.Lock = field(default_factory=anyio.Lock)


@dataclass(frozen=True, slots=True)
class ProjectRepository:
    """`home` is the daemon's folder for the project; all that work on it at once share `locks`.

    `trusted` is where the policy's remote must be, if anybody has said so.
    """

    home: Path
    root: Path
    policy: Policy
    settings: GitSettings
    locks: Locks = field(default_factory=Locks)
    trusted: tuple[str, ...] | None = None

    @property
    def _mirror(self) -> Mirror:
        return Mirror(self.home / "mirror.git", self.settings, trusted=self.trusted)

    @property
    def _worktree(self) -> Worktree:
        return Worktree(self.root, self._mirror, self.policy.project.branch)

    async def head(self, *, remote: bool = True) -> str:
        """Fetches; raises what `Mirror.fetch` says of an unfit repository."""
        section = self.policy.project
        async with self.locks.fetching:
            return await self._mirror.fetch(self.root, section.branch, section.remote if remote else None)

    async def addresses(self) -> tuple[str, ...]:
        remote = self.policy.project.remote
        return await self._mirror.addresses(self.root, remote) if remote is not None else ()

    def reading(self) -> AbstractAsyncContextManager[CommitReader]:
        return self._mirror.reading()

    async def commits(self, base: str | None, commit: str) -> tuple[Commit, ...]:
        return await self._mirror.commits(base, commit)

    async def uncommitted(self, commit: str) -> tuple[Difference, ...]:
        async with self.locks.fetching:
            return await self._worktree.uncommitted(commit)

    async def left_by(self, checkout: Path, commit: str) -> tuple[Difference, ...]:  # noqa: ARG002
        """Nothing is asked: cleanliness is that of the working copy."""
        return ()

    async def tag_names(self, commit: str) -> TagNames:
        return await self._mirror.tag_names(commit, remote=self.policy.project.remote is not None)

    async def has_commit(self, commit: str) -> bool:
        return await self._mirror.has_commit(commit) or await self._worktree.has_commit(commit)

    async def commit_of_tag(self, tag: str) -> str | None:
        try:
            return await self._mirror.commit_of(tag)
        except UnknownRevisionError:
            return None

    async def compare(self, base: str | None, commit: str) -> Comparison:
        return await self._mirror.compare(base, commit)

    async def log(self, base: str | None, commit: str) -> tuple[ReleaseCommit, ...]:
        return await self._mirror.log(base, commit)

    async def checkout(self, commit: str, into: Path) -> None:
        await self._mirror.checkout(commit, into, address=await self._address())

    async def _address(self) -> str | None:
        """What builders are told of the remote; a working copy that is gone keeps nothing from being checked out."""
        with suppress(SentinelError):
            name = self.policy.project.remote or DEFAULT_REMOTE
            remote = await find_remote(self._mirror.git, locate(self.root), name)
            return without_login(remote.url) if remote is not None else None
        return None

    async def sign_tag(self, tag: str, commit: str, message: str) -> str:
        async with self._key() as key:
            return await self._mirror.sign_tag(tag, commit, message, key)

    async def verify_tag(self, tag: str, commit: str, tag_object: str, refs: Refs | None = None) -> None:
        async with self._key() as key:
            await self._mirror.verify_tag(tag, commit, key, tag_object, refs)

    async def delete_tag(self, tag: str) -> None:
        await self._mirror.delete_tag(tag)

    async def remote_tag_objects(self, tag: str, refs: Refs | None = None) -> frozenset[str]:
        if refs is not None and refs.remote_tags is not None:
            return frozenset(filter(None, [refs.remote_tags.get(tag)]))
        remote = self.policy.project.remote
        if remote is None:
            return frozenset()
        return await self._mirror.remote_tag_objects(self.root, remote, tag)

    async def push_tag(self, tag: str, tag_object: str) -> None:
        """Where a remote is configured; pushing the same tag again is no error."""
        remote = self.policy.project.remote
        if remote is not None:
            await self._mirror.push_tag(self.root, remote, tag, tag_object)

    async def try_push(self, tag: str, commit: str | None = None) -> None:
        remote = self.policy.project.remote
        if remote is not None:
            await self._mirror.try_push(self.root, remote, tag, commit)

    async def refs_with(self, commit: str) -> Refs | None:
        section = self.policy.project
        async with self.locks.fetching:
            return await self._mirror.refs_with(self.root, section.branch, commit, section.remote)

    async def clean_up(self, released: str) -> BranchCleanup:
        section, patterns = self.policy.project, self.policy.closure.delete_branches
        if not patterns:
            return BranchCleanup()
        async with self.locks.fetching:
            return await self._worktree.delete_merged_branches(patterns, section.branch, released, section.remote)

    async def tag_objects(self, refs: Refs | None = None) -> tuple[TagObject, ...]:
        return await self._mirror.tag_objects(refs)

    async def public_key(self) -> Path:
        async with self._key() as key:
            return key.public

    async def public_files(self) -> dict[str, str]:
        async with self._key() as key:
            files = (key.public, key.allowed_signers) if key.allowed_signers else (key.public,)
            return {file.name: file.read_text(encoding="utf-8") for file in files}

    async def try_key(self) -> None:
        """Raises SigningKeyRefusedError, and what says that there is no such key."""
        async with self._key() as key:
            reason = await to_thread.run_sync(refusal, key, self._tools(key))
        if reason is not None:
            raise SigningKeyRefusedError(key=printable(key.secret, limit=100), reason=reason)

    async def require_key_until(self, moment: datetime) -> None:
        """Raises SigningKeyExpiresError, and what says that there is no such key."""
        async with self._key() as key:
            end = await to_thread.run_sync(expiry, key, self._tools(key))
        if end is not None and end < moment:
            raise SigningKeyExpiresError(key=printable(key.secret, limit=100), at=f"{end:%Y-%m-%d %H:%M} UTC")

    def _tools(self, key: SigningKey) -> Tools:
        return Tools({**self.settings.environ, **key.environ})

    @asynccontextmanager
    async def _key(self) -> AsyncIterator[SigningKey]:
        """The key, and no agent of gpg's left behind that would keep it in memory."""
        tag = self.policy.tag
        async with self.locks.key:
            key = await ensure_key(self.home / "keys", tag.format, tag.key, environ=self.settings.environ)
            try:
                yield key
            finally:
                with anyio.CancelScope(shield=True):
                    await key.close()


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
    return resolved("the remote", (origin.url,), (), user, git.git_dir)


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
