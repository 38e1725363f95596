"""Learning what must not be shown: the values that trusted policies have in files, besides the daemon's own secrets."""

import structlog

from sentinel.core.release.model import Project
from sentinel.errors import SentinelError
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


async def learn_files(world: World, project: Project) -> None:
    """Those that commands of the project are given, by what is pinned and by what its release was made with."""
    owners = (project.pin, project.release, project.rollback.leaving if project.rollback else None)
    for owner in owners:
        if owner is not None and owner.policy is not None:
            await world.secrets.learn_files(owner.policy)


async def learn_all_files(world: World) -> None:
    """The same for every project, so that a daemon hides them from its beginning."""
    try:
        for project in await world.store.projects_with_files():
            await learn_files(world, project)
    except SentinelError as error:
        log.warning("environment files not read", problem=error.what)
