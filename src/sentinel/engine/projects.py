"""Finds the project of a directory, and registers new ones."""

import re
from collections.abc import Callable
from pathlib import Path

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.policy.values import PROJECT_ID
from sentinel.core.release.change import update
from sentinel.core.release.model import Origin, Project
from sentinel.core.values.git import LOGIN
from sentinel.core.values.printable import printable
from sentinel.engine.runtime.transactions import create, transaction
from sentinel.errors import SentinelError
from sentinel.errors.daemon import AdvisoryModeError, ProjectNotRegisteredError, ProjectUnnamedError, RemoteAddressError
from sentinel.ports.world import World


class Projects:
    """Advisory mode: the id in the working copy's sentinel.toml names the project; nothing else in it is trusted."""

    def __init__(self, world: World, root_of: Callable[[Path], Path]) -> None:
        self._world = world
        self._root_of = root_of

    async def open(self, directory: Path, claimed: str | None = None) -> str:  # noqa: ARG002 - see RegisteredProjects
        """The id of the project whose repository encloses `directory`; registers a new one.

        `claimed` is ignored: the directory names the project. Raises the error of a missing repository or of a missing
        or invalid sentinel.toml.
        """
        root = self._root_of(directory)
        section = self._world.working_policy(root).project
        known = await self._world.store.load(section.id)
        if known is None:
            project = Project(
                id=section.id, name=section.name, root=str(root), server=await self._world.store.server() or ""
            )
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
        """The registered working copy is gone; another clone of the project replaces it."""
        async with transaction(self._world, project_id) as tx:
            fields = {"root": str(root)}
            tx.apply(update(tx.project, "project.moved", "sentinel", f"the working copy is {root} now", fields))

    async def register(self, origin: Origin, by: str) -> str:  # noqa: ARG002 - see RegisteredProjects
        """Raises AdvisoryModeError."""
        raise AdvisoryModeError


_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git|file)://|/|(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!:))[^\s\x00-\x20\x7f]+"
)


class RegisteredProjects(Projects):
    """Separated mode: the daemon cannot read working copies, so a client's claim only chooses a registered project."""

    def __init__(self, world: World) -> None:
        super().__init__(world, lambda directory: directory)

    async def open(self, directory: Path, claimed: str | None = None) -> str:
        """Raises ProjectUnnamedError or ProjectNotRegisteredError."""
        if not claimed:
            raise ProjectUnnamedError(directory=printable(str(directory)))
        known = await self._world.store.load(claimed) if PROJECT_ID.fullmatch(claimed) else None
        if known is None or known.project.origin is None:
            raise ProjectNotRegisteredError(project=printable(claimed, limit=100))
        return claimed

    async def register(self, origin: Origin, by: str) -> str:
        """The id in the sentinel.toml at the branch's head; the project is fetched from there from now on.

        Raises RemoteAddressError, and the error of a missing or invalid sentinel.toml.
        """
        if _ADDRESS.fullmatch(origin.url) is None:
            raise RemoteAddressError(url=printable(without_credentials(origin.url), limit=200))
        section = (await self._world.policies.at(origin)).project
        shown = printable(without_credentials(origin.url))
        said = f"{section.name} comes from {shown}, branch {origin.branch}"
        project = Project(
            id=section.id, name=section.name, root=shown, origin=origin, server=await self._world.store.server() or ""
        )
        entry = AuditDraft("project.registered", by, said, {"remote": shown, "branch": origin.branch})
        stored = await create(self._world, project, entry)
        if stored.project.origin != origin:
            async with transaction(self._world, section.id) as tx:
                fields = {"root": shown, "origin": origin}
                tx.apply(update(tx.project, "project.moved", by, said, fields, remote=shown, branch=origin.branch))
        return section.id


def without_credentials(url: str) -> str:
    """`url` without user and password, to be shown and recorded."""
    return LOGIN.sub("//", url)
