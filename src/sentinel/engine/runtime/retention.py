"""After an operation: removes what retention no longer keeps, from the store and from the disk."""

import structlog

from sentinel.core.release.model import Project
from sentinel.core.release.retention import forget_releases, kept_checkouts, needed_releases
from sentinel.engine.runtime.transactions import transaction
from sentinel.errors import SentinelError
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


async def remove_expired(world: World, project_id: str) -> None:
    """Never raises: the next call tries again what could not be removed.

    Changes the document first, so that no rollback uses a release without artifacts. Removes the journal before the
    folder, by which an operation is found again.
    """
    try:
        await _remove(world, project_id)
    except SentinelError as error:
        log.warning("expired operations were not removed", project=project_id, problem=error.what)


async def _remove(world: World, project_id: str) -> None:
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
    """The project without the releases that expired; writes nothing if all are kept."""
    snapshot = await world.store.load(project_id)
    if snapshot is None or forget_releases(snapshot.project, world.retention, world.clock.now().wall) is None:
        return snapshot.project if snapshot else None
    async with transaction(world, project_id) as tx:
        change = forget_releases(tx.project, world.retention, tx.now.wall)
        if change is not None:
            tx.apply(change)
        return tx.project
