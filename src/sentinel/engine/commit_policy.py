"""Reading the policy at a commit, and holding it against what a person has trusted."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.policy.pinning import (
    PinnedFile,
    Script,
    pin_digest,
    pinned_files,
    pinned_paths,
    rollback_paths,
)
from sentinel.core.values.path_patterns import matching
from sentinel.core.values.printable import printable
from sentinel.errors.git import FileTooLargeError, IsAFolderError, NotAFileError
from sentinel.errors.operation import UnknownPolicyError
from sentinel.errors.process import LinkedPathError, TooManyPinnedError, UntrustedScriptsError
from sentinel.ports.world import Repository

ALSO_LIMIT = 500
"""Files that `[trust] also` may mean: a person is to read them."""


@dataclass(frozen=True, slots=True)
class PolicyAtCommit:
    """The policy with the bytes that its trust covers."""

    commit: str
    policy: Policy
    contents: dict[str, bytes]
    files: tuple[PinnedFile, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """The pinned files of `policy` as they stand at `commit`, which are executed.

    `digest` is that of what was trusted; none where that is not known, as for a rollback of an older version's release.
    Those `of_rollback` are the files of the rollback command alone, and replace what the older release has there.
    """

    repository: Repository
    policy: Policy
    commit: str
    digest: str | None = None
    of_rollback: bool = False

    async def scripts(self) -> tuple[Script, ...]:
        """Raises UntrustedScriptsError where they are not what was trusted."""
        unfit = (IsAFolderError,) if self.digest is not None else (IsAFolderError, NotAFileError, FileTooLargeError)
        paths = (
            rollback_paths(self.policy) if self.of_rollback else await _paths(self.repository, self.commit, self.policy)
        )
        contents = await _contents(self.repository, self.commit, paths, unfit)
        if self.digest is not None and pin_digest(pinned_files(contents)) != self.digest:
            raise UntrustedScriptsError(commit=self.commit[:12])
        executable = [await self.repository.is_executable(self.commit, path) for path in contents]
        return tuple(map(Script, contents, contents.values(), executable))


async def policy_at(repository: Repository, commit: str) -> PolicyAtCommit:
    """The policy as it stands at `commit`, with every file that its commands name.

    Raises UnknownPolicyError where there is none, and what `read_policy` raises.
    """
    raw = await repository.read(commit, POLICY_FILE)
    if raw is None:
        raise UnknownPolicyError(commit=commit[:12])
    policy = read_policy(raw)
    paths = await _paths(repository, commit, policy)
    for path in paths:
        if (link := await repository.link_on_the_way(commit, path)) is not None:
            raise LinkedPathError(path=printable(path), link=printable(link))
    contents = {POLICY_FILE: raw, **await _contents(repository, commit, paths)}
    files = pinned_files(contents)
    return PolicyAtCommit(commit=commit, policy=policy, contents=contents, files=files, digest=pin_digest(files))


async def _paths(repository: Repository, commit: str, policy: Policy) -> tuple[str, ...]:
    """What trust covers at `commit`; raises TooManyPinnedError."""
    if not policy.trust.also:
        return pinned_paths(policy)
    also = matching(await repository.files(commit), policy.trust.also)
    if len(also) > ALSO_LIMIT:
        raise TooManyPinnedError(found=len(also), limit=ALSO_LIMIT)
    return tuple(dict.fromkeys((*pinned_paths(policy), *also)))


async def _contents(
    repository: Repository,
    commit: str,
    paths: Sequence[str],
    unfit: tuple[type[Exception], ...] = (IsAFolderError,),  # `make deploy` beside a folder of that name
) -> dict[str, bytes]:
    """Every file that is pinned there, by its path; what is `unfit` is left out."""
    contents: dict[str, bytes] = {}
    for path in paths:
        with suppress(*unfit):
            content = await repository.read(commit, path)
            if content is not None:
                contents[path] = content
    return contents
