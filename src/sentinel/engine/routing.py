"""The policy by which a project's git is found: good for routing (id, branch, remote, tag), for nothing executed."""

from pathlib import Path

from sentinel.core.policy import Policy, read_policy
from sentinel.core.policy_document import POLICY_FILE, SIZE_LIMIT
from sentinel.core.release import Project
from sentinel.engine.world import World
from sentinel.errors.policy import PolicyMissingError


async def routing_policy(world: World, project: Project) -> Policy:
    """What is trusted; where nothing is, what the working copy says, or the remote in separated mode."""
    return project.pin.policy if project.pin else await untrusted_policy(world, project)


async def untrusted_policy(world: World, project: Project) -> Policy:
    """What the working copy or the remote says now."""
    if project.origin is not None:
        return await world.policies.at(project.origin)
    return working_policy(Path(project.root))


def working_policy(root: Path) -> Policy:
    """Raises PolicyMissingError, and what `read_policy` raises."""
    try:
        with (root / POLICY_FILE).open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError:
        raise PolicyMissingError(path=root) from None
    return read_policy(raw)
