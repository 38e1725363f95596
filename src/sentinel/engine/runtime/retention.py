"""After an operation: what the policy of retention no longer keeps goes, in the store and on the disk."""

import structlog

from sentinel.core.release.model import Project
from sentinel.core.release.retention import forget_releases, kept_checkouts, needed_releases
from sentinel.engine.runtime.transactions import transaction
from sentinel.errors import SentinelError
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


async def remove_expired(world: World, project_id: str) -> None:
    """Never raises: what could not be removed is tried again another time.

    The document goes first, so that a release whose artifacts are gone is never gone back to; the journal goes before
    the folder, which is the mark by which an operation is found again.
    """
    try:
        await _tidy(world, project_id)
    except SentinelError as error:
        log.warning("the past was not tidied", project=project_id, problem=error.what)


async def _tidy(world: World, project_id: str) -> None:
    project = await _forget_releases(world, project_id)
    if project is None:
        return
    needed = needed_releases(project)
    checkouts = kept_checkouts(project)
    await world.workspace.drop_checkouts(project_id, checkouts)
    outdated = await world.workspace.outdated(project_id, world.retention, world.clock.now().wall)
    old = tuple(operation for operation in outdated if operation not in checkouts.holders)
    gone = tuple(operation for operation in old if operation not in needed)
    if gone:
        await world.store.forget_operations(gone)
    for operation in gone:
        await world.artifacts.remove(operation)
    await world.workspace.remove(project_id, gone)
    await world.workspace.empty(project_id, tuple(operation for operation in old if operation in needed))


async def _forget_releases(world: World, project_id: str) -> Project | None:
    """The project as it is then; to find that all of its releases are kept costs no write."""
    snapshot = await world.store.load(project_id)
    if snapshot is None or forget_releases(snapshot.project, world.retention, world.clock.now().wall) is None:
        return snapshot.project if snapshot else None
    async with transaction(world, project_id) as tx:
        change = forget_releases(tx.project, world.retention, tx.now.wall)
        if change is not None:
            tx.apply(change)
        return tx.project
