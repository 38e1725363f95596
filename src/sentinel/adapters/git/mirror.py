"""The mirror: a bare repository that the daemon owns, one per project, and the only one it trusts."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sentinel.adapters.git import checkout, fetch, objects, tags
from sentinel.adapters.git.command import Git, GitSettings
from sentinel.adapters.git.commit_files import CommitReader, reading_commits
from sentinel.adapters.git.location import locate
from sentinel.adapters.git.names import ref_name
from sentinel.adapters.git.objects import tag_objects
from sentinel.adapters.git.remote import Remote, find_remote, the_remote
from sentinel.adapters.keys.tag_key import SigningKey
from sentinel.core.candidate.changelog_sources import Commit
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.proof.checkpoint import TagObject
from sentinel.core.release.contents import Comparison, ReleaseCommit
from sentinel.core.values.git import Refs


class Mirror:
    """The commits, branch heads and tags of a project, out of reach of whoever can write to the working copy."""

    def __init__(self, path: Path, settings: GitSettings, *, trusted: tuple[str, ...] | None = None) -> None:
        """`trusted` is where the remote must be, if anybody has said so."""
        self.git = Git(path, settings)
        self.trusted = trusted

    async def fetch(self, worktree: Path, branch: str, remote: str | None) -> str:
        """Brings the release branch and all tags into the mirror, which is made where there is none.

        Returns the commit at the branch's head in the working copy. Where the working copy has `remote` and it
        answers, the same commit must be the branch's head there: the tag is pushed later, and a tag must not bring
        commits that nobody has reviewed. A remote that does not answer is refused by `still_on_branch`, not here.
        Raises NotARepositoryError, NoCommitsError, DetachedHeadError, WrongBranchError, BranchMissingError,
        ShallowCloneError, UnpushedCommitError, BehindRemoteError, DivergedBranchError, FetchFailedError.
        """
        await fetch.create_mirror(self.git)
        return await fetch.fetch_release_branch(self.git, worktree, branch, remote, trusted=self.trusted)

    async def refs_with(self, worktree: Path, branch: str, commit: str, remote: str | None) -> Refs | None:
        """The refs after a fetch; None unless the branch has `commit` in its history, here and on the remote.

        Raises RemoteUnreachableError, RemoteMissingError.
        """
        location = locate(worktree)
        await fetch.free_refs(self.git)
        refs = await fetch.fetch_working_branch(self.git, location, ref_name(branch))
        if refs is None or not await fetch.contains(self.git, refs, f"{fetch.WORKING}{branch}", commit):
            return None
        if remote is None:
            return refs
        return await self.remote_refs_with(await self._remote(worktree, remote), branch, commit, refs)

    async def remote_refs_with(self, remote: Remote, branch: str, commit: str, refs: Refs | None = None) -> Refs | None:
        """The same for the remote alone; `refs` are the mirror's, where they are known."""
        found = await fetch.fetch_remote_branch(self.git, remote, branch, refs)
        if found is None or not await fetch.contains(self.git, found, f"{fetch.REMOTE}{branch}", commit):
            return None
        return found

    def reading(self) -> AbstractAsyncContextManager[CommitReader]:
        """Reads what commits hold with one process of git, for as long as it is open."""
        return reading_commits(self.git)

    async def commit_of(self, revision: str) -> str:
        """The commit of a tag; the daemon's own tags go before the remote's, those before the working copy's."""
        return await objects.resolve(self.git, revision)

    async def commits(self, base: str | None, commit: str) -> tuple[Commit, ...]:
        """The commits since `base` (a commit or a tag; None: all of them), the newest first and without merges."""
        return await objects.commits(self.git, base, commit)

    async def has_commit(self, commit: str) -> bool:
        return await objects.has_commit(self.git, commit)

    async def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether `commit` is `of` or in its history."""
        return await objects.is_ancestor(self.git, commit, of)

    async def tag_names(self, commit: str, *, remote: bool = True) -> TagNames:
        """All tags of the working copy, of the remote and of the daemon, and which the history of `commit` contains."""
        return await tags.tag_names(self.git, commit, remote=remote)

    async def compare(self, base: str | None, commit: str) -> Comparison:
        """What changed from `base` (a commit, a tag, or None: an empty repository) to `commit`."""
        return await objects.compare(self.git, base, commit)

    async def log(self, base: str | None, commit: str) -> tuple[ReleaseCommit, ...]:
        """The commits in the history of `commit` and not of `base`, the newest first and without merges."""
        return await objects.log(self.git, base, commit)

    async def checkout(self, commit_or_tag: str, into: Path, *, address: str | None = None) -> None:
        """A fresh clone at `into`, replacing what is there, whose remote `origin` is `address`.

        Raises SubmodulesError, LargeFileStorageError.
        """
        await checkout.check_out(self.git, commit_or_tag, into, address=address)

    async def sign_tag(self, tag: str, commit: str, message: str, key: SigningKey) -> str:
        """The id of the object of the signed tag, which replaces one of that name; raises TagNotSignedError."""
        await fetch.free_refs(self.git)
        return await tags.sign_tag(self.git, tag, commit, message, key)

    async def verify_tag(
        self, tag: str, commit: str, key: SigningKey, tag_object: str, refs: Refs | None = None
    ) -> None:
        """Raises TagMissingError, MovedTagError or BadTagSignatureError unless the tag is the recorded one."""
        await tags.verify_tag(self.git, tag, commit, key, tag_object, refs)

    async def tag_objects(self, refs: Refs | None = None) -> tuple[TagObject, ...]:
        """The annotated tags, the daemon's own first; none where there is no mirror yet."""
        return await tag_objects(self.git, refs) if self.git.git_dir.exists() else ()

    async def delete_tag(self, tag: str) -> None:
        """Removes the daemon's tag from the mirror, if it is there; nothing that was pushed is touched."""
        await fetch.free_refs(self.git)
        await tags.delete_tag(self.git, tag)

    async def remote_tag_objects(self, worktree: Path, remote: str, tag: str) -> frozenset[str]:
        """What the remote has under that name; raises RemoteMissingError, RemoteUnreachableError."""
        return await tags.remote_tag_objects(self.git, await self._remote(worktree, remote), tag)

    async def push_tag(self, worktree: Path, remote: str, tag: str, tag_object: str) -> None:
        """Pushes exactly this tag; raises what `tags.push_tag` raises, RemoteMissingError."""
        await tags.push_tag(self.git, await self._remote(worktree, remote), tag, tag_object)

    async def try_push(self, worktree: Path, remote: str, tag: str, commit: str | None = None) -> None:
        """Pushes it without effect; raises PushWouldFailError, RemoteMissingError, RemoteUnreachableError."""
        await tags.try_push(self.git, await self._remote(worktree, remote), tag, commit)

    async def addresses(self, worktree: Path, remote: str) -> tuple[str, ...]:
        """Where the remote is read and pushed to, trusted or not; none where the working copy has no such remote."""
        found = await find_remote(self.git, locate(worktree), remote)
        return found.addresses if found is not None else ()

    async def _remote(self, worktree: Path, name: str) -> Remote:
        return await the_remote(self.git, locate(worktree), name, trusted=self.trusted)
