"""Reading the policy at a commit, and holding it against what a person has trusted (design 3.2)."""

from contextlib import suppress
from dataclasses import dataclass

from sentinel.core.pinning import named_paths, pin_digest, pinned_files
from sentinel.core.policy import Policy, read_policy
from sentinel.core.policy_document import POLICY_FILE
from sentinel.core.release import PinnedFile
from sentinel.engine.world import Repository
from sentinel.errors.git import IsAFolderError
from sentinel.errors.operation import UnknownPolicyError


@dataclass(frozen=True, slots=True)
class PolicyAtCommit:
    """The policy with the bytes that its trust covers."""

    commit: str
    policy: Policy
    contents: dict[str, bytes]
    files: tuple[PinnedFile, ...]
    digest: str


async def policy_at(repository: Repository, commit: str) -> PolicyAtCommit:
    """The policy as it stands at `commit`, with every file that its commands name.

    Raises UnknownPolicyError where there is none, and what `read_policy` raises.
    """
    raw = await repository.read(commit, POLICY_FILE)
    if raw is None:
        raise UnknownPolicyError(commit=commit[:12])
    policy = read_policy(raw)
    contents = {POLICY_FILE: raw}
    for path in named_paths(policy):
        with suppress(IsAFolderError):  # `make deploy` beside a folder of that name
            content = await repository.read(commit, path)
            if content is not None:
                contents[path] = content
    files = pinned_files(contents)
    return PolicyAtCommit(commit=commit, policy=policy, contents=contents, files=files, digest=pin_digest(files))
