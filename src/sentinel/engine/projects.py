"""Opening projects: from a directory of a governed repository to its one state machine."""

from collections.abc import Callable
from pathlib import Path

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.release.change import update
from sentinel.core.release.model import Origin, Project
from sentinel.engine.runtime.transactions import create, transaction
from sentinel.errors import SentinelError
from sentinel.errors.separated import AdvisoryModeError
from sentinel.errors.store import UnknownProjectError
from sentinel.ports.world import World


class Projects:
    """Routes directories to projects, by the id in the working copy's sentinel.toml; nothing else of it is believed."""

    def __init__(self, world: World, root_of: Callable[[Path], Path]) -> None:
        self._world = world
        self._root_of = root_of

    async def open(self, directory: Path, claimed: str | None = None) -> str:  # noqa: ARG002 - see RegisteredProjects
        """The id of the project that encloses `directory`; registers it at first sight.

        What is `claimed` is not asked for: the directory itself says it. Raises what says that there is no repository
        or no valid sentinel.toml.
        """
        root = self._root_of(directory)
        section = self._world.working_policy(root).project
        known = await self._world.store.load(section.id)
        if known is None:
            project = Project(id=section.id, name=section.name, root=str(root))
            entry = AuditDraft("project.registered", "sentinel", f"{section.name} registered", {"root": str(root)})
            await create(self._world, project, entry)
        elif known.project.root != str(root) and self._is_gone(Path(known.project.root)):
            await self._move(section.id, root)
        return section.id

    def _is_gone(self, root: Path) -> bool:
        try:
            return self._root_of(root) != root
        except SentinelError:
            return True

    async def _move(self, project_id: str, root: Path) -> None:
        """The working copy that was registered is gone; another clone of the same project takes its place."""
        async with transaction(self._world, project_id) as tx:
            fields = {"root": str(root)}
            tx.apply(update(tx.project, "project.moved", "sentinel", f"the working copy is {root} now", fields))

    async def register(self, origin: Origin, by: str) -> str:  # noqa: ARG002 - see RegisteredProjects
        """Raises AdvisoryModeError."""
        raise AdvisoryModeError

    async def load(self, project_id: str) -> Project:
        snapshot = await self._world.store.load(project_id)
        if snapshot is None:
            raise UnknownProjectError(project=project_id)
        return snapshot.project
