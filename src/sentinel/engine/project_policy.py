"""The policy by which a project's git is found: good for routing (id, branch, remote, tag), for nothing executed."""

from pathlib import Path

from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Project
from sentinel.ports.world import World


async def routing_policy(world: World, project: Project) -> Policy:
    """What is trusted; where nothing is, what the working copy says, or the remote in separated mode."""
    return project.pin.policy if project.pin else await untrusted_policy(world, project)


async def untrusted_policy(world: World, project: Project) -> Policy:
    """What the working copy or the remote says now."""
    if project.origin is not None:
        return await world.policies.at(project.origin)
    return world.working_policy(Path(project.root))
