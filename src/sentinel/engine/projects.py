"""Opening projects: from a directory of a governed repository to its one state machine (design 2)."""

from collections.abc import Callable
from pathlib import Path

from sentinel.core.audit import AuditDraft
from sentinel.core.policy import POLICY_FILE, SIZE_LIMIT, Policy, read_policy
from sentinel.core.release import Project
from sentinel.engine.world import World
from sentinel.errors.policy import PolicyMissingError
from sentinel.errors.store import UnknownProjectError


class Projects:
    """Routes directories to projects, by the id in the working copy's sentinel.toml; nothing else of it is believed."""

    def __init__(self, world: World, root_of: Callable[[Path], Path]) -> None:
        self._world = world
        self._root_of = root_of

    async def open(self, directory: Path) -> str:
        """The id of the project that encloses `directory`; registers it at first sight.

        Raises what says that there is no repository or no valid sentinel.toml.
        """
        root = self._root_of(directory)
        policy = _working_policy(root)
        section = policy.project
        if await self._world.store.load(section.id) is None:
            project = Project(id=section.id, name=section.name, root=str(root))
            entry = AuditDraft("project.registered", "sentinel", f"{section.name} registered", {"root": str(root)})
            await self._world.store.create(project, entry)
        return section.id

    async def working_policy(self, project: Project) -> Policy:
        """The working copy's own policy: good for routing (branch, remote, tag), for nothing that is executed."""
        return _working_policy(Path(project.root))

    async def load(self, project_id: str) -> Project:
        snapshot = await self._world.store.load(project_id)
        if snapshot is None:
            raise UnknownProjectError(project=project_id)
        return snapshot.project


def _working_policy(root: Path) -> Policy:
    file = root / POLICY_FILE
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError:
        raise PolicyMissingError(path=root) from None
    return read_policy(raw)
