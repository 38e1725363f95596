"""What production is said to run: a release that is known, or a tag whose files are built, taken or left out."""

from dataclasses import dataclass
from typing import Literal

from sentinel.core.release.adoption import Adopting, adopt, require_adoptable
from sentinel.core.release.lifecycle import begin
from sentinel.core.release.model import Deployed, OperationKind, Project
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import Version
from sentinel.engine.commit_policy import routing_policy
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer, Views
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import AdoptionError
from sentinel.ports.world import World


class Adoption(Frozen):
    """What production would be said to run: how many files are kept of it already, and what builds it otherwise."""

    version: str
    tag: str
    commit: str
    kept: int
    build: str | None


@dataclass(frozen=True, slots=True)
class AdoptedFiles:
    """Where the files of an adopted version come from: `folder`, nowhere at all, or a build of its tag.

    `commit` is that of the tag, as it was confirmed.
    """

    commit: str | None = None
    folder: str | None = None
    without: bool = False


@dataclass(frozen=True, slots=True)
class Adoptions:
    """By a person's word, and with the files that a later rollback is given."""

    world: World
    projects: Projects
    views: Views

    async def preview(self, project_id: str, *, version: str) -> Adoption:
        """What `adopt` would do now. Raises AdoptionError where that cannot be."""
        project = await self.projects.load(project_id)
        require_adoptable(project)
        found = await self.deployed(project, version)
        build = project.pin.policy.build.command if project.pin else None
        shown = build if build is None or isinstance(build, str) else " ".join(build)
        return Adoption(
            version=found.version, tag=found.tag, commit=found.commit, kept=len(found.artifacts), build=shown
        )

    async def adopt(self, project_id: str, *, version: str, by: str, files: AdoptedFiles) -> Answer:
        """Raises AdoptionError, or ConfirmedOtherError where the tag is another commit than was confirmed."""
        found = await self.deployed(await self.projects.load(project_id), version)
        if files.commit is not None and files.commit != found.commit:
            raise ConfirmedOtherError(confirmed=printable(files.commit[:12]), found=found.commit[:12])
        way: Literal["kept", "without", "operation"] = "operation"
        if found.artifacts and files.folder is None:
            way = "kept"
        elif files.without:
            way = "without"
        asked = Adopting(version=found.version, tag=found.tag, commit=found.commit, folder=files.folder)
        operation_id: str | None = None
        async with transaction(self.world, project_id) as tx:
            if way != "operation":
                tx.apply(adopt(tx.project, found, by))
            else:
                require_adoptable(tx.project)
                if files.folder is None and tx.project.pin is None:
                    raise AdoptionError(reason="nobody has trusted a policy to build it by", fix=_TRUST)
                operation = new_operation(self.world, tx, OperationKind.ADOPTION, by, asked.model_dump(mode="json"))
                tx.apply(begin(tx.project, operation))
                operation_id = operation.id
        return await self.views.answer(project_id, _said(found, way), operation_id=operation_id)

    async def deployed(self, project: Project, version: str) -> Deployed:
        """A release that production is said to run: a known one with its bytes, else a tag of the repository."""
        policy = await routing_policy(self.world, project)
        prefix = policy.tag.prefix
        parsed = Version.parse(version.removeprefix(prefix))
        tag = f"{prefix}{parsed}"
        known = next((deployed for deployed in _known(project) if deployed.tag == tag), None)
        if known is not None:
            return known
        repository = self.world.repository(project, policy)
        await repository.head()
        commit = await repository.commit_of_tag(tag)
        if commit is None:
            fix = f"Tag the commit that production runs, `git tag {tag} COMMIT`, and say it again."
            raise AdoptionError(reason=f"the repository has no tag {tag}", fix=fix)
        now = self.world.clock.now().wall
        return Deployed(version=str(parsed), tag=tag, commit=commit, deployed_at=now)


_TRUST = "A person runs `sentinel trust` first, or names the files with `--artifacts DIR`."


def _said(found: Deployed, way: str) -> str | None:
    if way == "operation":
        return None
    kept = "" if way == "kept" else " Nothing of it is kept: the next release has nothing to go back to."
    return f"Recorded: production runs {found.tag}.{kept}"


def _known(project: Project) -> tuple[Deployed, ...]:
    leaving = (project.rollback.leaving,) if project.rollback else ()
    return (*project.lineage, *leaving)
