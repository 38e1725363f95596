"""What an abandoned candidate leaves behind: its tag in the mirror, which nobody has seen yet."""

import structlog

from sentinel.core.release.model import Project
from sentinel.errors import SentinelError
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


async def remove_tag(world: World, before: Project) -> None:
    """Removes the tag of the candidate that `before` had, unless it was published.

    A failure only costs the tidiness: the next candidate of that version makes its tag anew.
    """
    release = before.release
    if release is None or release.version in before.retired:
        return
    try:
        await world.repository(before, release.policy).delete_tag(release.tag)
    except SentinelError as error:
        log.warning("the tag of an abandoned candidate stays", tag=release.tag, problem=error.what)
