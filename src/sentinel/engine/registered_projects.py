"""Projects in separated mode: those that an operator has registered, each with its remote."""

import re
from pathlib import Path

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.policy.values import PROJECT_ID
from sentinel.core.release.change import update
from sentinel.core.release.model import Origin, Project
from sentinel.core.values.git_names import LOGIN
from sentinel.core.values.printable import printable
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.transactions import create, transaction
from sentinel.errors.separated import ProjectNotRegisteredError, ProjectUnnamedError, RemoteAddressError
from sentinel.ports.world import World

_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git|file)://|/|(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!:))[^\s\x00-\x20\x7f]+"
)


class RegisteredProjects(Projects):
    """The daemon cannot read working copies: a client's claim chooses among these, and that is all."""

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
        """The id that the sentinel.toml at the branch's head names, from now on fetched from there.

        Raises RemoteAddressError, and what says that nothing valid is found there.
        """
        if _ADDRESS.fullmatch(origin.url) is None:
            raise RemoteAddressError(url=printable(without_credentials(origin.url), limit=200))
        section = (await self._world.policies.at(origin)).project
        shown = printable(without_credentials(origin.url))
        said = f"{section.name} comes from {shown}, branch {origin.branch}"
        project = Project(id=section.id, name=section.name, root=shown, origin=origin)
        entry = AuditDraft("project.registered", by, said, {"remote": shown, "branch": origin.branch})
        stored = await create(self._world, project, entry)
        if stored.project.origin != origin:
            async with transaction(self._world, section.id) as tx:
                fields = {"root": shown, "origin": origin}
                tx.apply(update(tx.project, "project.moved", by, said, fields, remote=shown, branch=origin.branch))
        return section.id


def without_credentials(url: str) -> str:
    """`url` as it may be shown and recorded."""
    return LOGIN.sub("//", url)
