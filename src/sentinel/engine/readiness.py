"""What a release would lack on this machine, found out before anything is built and before a person is asked."""

from sentinel.core.policy import Policy
from sentinel.core.release import BlockedBy
from sentinel.engine.trust import PolicyAtCommit
from sentinel.engine.words import blocked_by, without_secrets_in
from sentinel.engine.world import Repository, World
from sentinel.errors import SentinelError

_TRIED = "0.0.0-sentinel-try"
"""A version that no release has: under its tag a push is tried, without effect."""


async def unready(world: World, project_id: str, at_commit: PolicyAtCommit) -> tuple[BlockedBy, ...]:
    """Each fault with its gate; nothing of the repository is executed."""
    found = await world.scripts.faults(project_id, at_commit.policy)
    return tuple(without_secrets_in(world, fault) for fault in found)


async def unpushable(world: World, repository: Repository, policy: Policy, commit: str) -> tuple[BlockedBy, ...]:
    """Why a release tag could not be pushed: it is tried before a person is asked, and long before that at `trust`."""
    try:
        await repository.try_push(f"{policy.tag.prefix}{_TRIED}", commit)
    except SentinelError as error:
        return (blocked_by(world, "remote", error),)
    return ()
