"""What a release would lack on this machine, found out before anything is built and before a person is asked."""

from sentinel.core.release import BlockedBy
from sentinel.engine.trust import PolicyAtCommit
from sentinel.engine.words import without_secrets_in
from sentinel.engine.world import World


async def unready(world: World, project_id: str, at_commit: PolicyAtCommit) -> tuple[BlockedBy, ...]:
    """Each fault with its gate; nothing of the repository is executed."""
    found = await world.scripts.faults(project_id, at_commit.policy)
    return tuple(without_secrets_in(world, fault) for fault in found)
