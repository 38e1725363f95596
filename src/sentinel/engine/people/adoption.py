"""What production is said to run: a release that is known, or a tag whose files are built, taken or left out."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from sentinel.core.release.adoption import Adopting, adopt, require_adoptable
from sentinel.core.release.lifecycle import begin
from sentinel.core.release.model import Deployed, OperationKind, Project
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.names import Version as VersionName
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import Version
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.commit_policy import routing_policy
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import AdoptionError


class Adoption(Frozen):
    """What production would be said to run: how many files are kept of it already, and what builds it otherwise."""

    version: str
    tag: str
    commit: str
    kept: int
    build: str | None


class PreviewAdoption(OperatorRequest):
    """What a person confirms before production is said to run `version`."""

    wire: ClassVar[str] = "adoption"
    version: VersionName

    async def carry_out(self, call: Call) -> Adoption:
        """Raises AdoptionError where that cannot be."""
        project = await call.project()
        require_adoptable(project)
        found = await deployed(call, project, self.version)
        build = project.pin.policy.build.command if project.pin else None
        shown = build if build is None or isinstance(build, str) else " ".join(build)
        return Adoption(
            version=found.version, tag=found.tag, commit=found.commit, kept=len(found.artifacts), build=shown
        )


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError("an absolute path")
    return path


class Adopt(OperatorRequest):
    """Records what production runs, at once or once its files are built or taken.

    `commit` is that of the tag, as it was confirmed; None where nothing was. The files come from `folder`, from nowhere
    at all, or from a build of the tag.
    """

    wire: ClassVar[str] = "adopt"
    version: VersionName
    commit: str | None = None
    folder: Annotated[str, Field(max_length=4096), AfterValidator(_absolute)] | None = None
    without: bool = False

    async def carry_out(self, call: Call) -> Answer:
        """Raises AdoptionError, or ConfirmedOtherError where the tag is another commit than was confirmed."""
        found = await deployed(call, await call.project(), self.version)
        if self.commit is not None and self.commit != found.commit:
            raise ConfirmedOtherError(confirmed=printable(self.commit[:12]), found=found.commit[:12])
        way: Literal["kept", "without", "operation"] = "operation"
        if found.artifacts and self.folder is None:
            way = "kept"
        elif self.without:
            way = "without"
        asked = Adopting(version=found.version, tag=found.tag, commit=found.commit, folder=self.folder)
        operation_id: str | None = None
        async with transaction(call.world, call.project_id) as tx:
            if way != "operation":
                tx.apply(adopt(tx.project, found, call.by))
            else:
                require_adoptable(tx.project)
                if self.folder is None and tx.project.pin is None:
                    raise AdoptionError(reason="nobody has trusted a policy to build it by", fix=_TRUST)
                operation = new_operation(
                    call.world, tx, OperationKind.ADOPTION, call.by, asked.model_dump(mode="json")
                )
                tx.apply(begin(tx.project, operation))
                operation_id = operation.id
        return await call.views.answer(call.project_id, _said(found, way), operation_id=operation_id)


async def deployed(call: Call, project: Project, version: str) -> Deployed:
    """A release that production is said to run: a known one with its bytes, else a tag of the repository."""
    policy = await routing_policy(call.world, project)
    prefix = policy.tag.prefix
    parsed = Version.parse(version.removeprefix(prefix))
    tag = f"{prefix}{parsed}"
    known = next((deployed for deployed in _known(project) if deployed.tag == tag), None)
    if known is not None:
        return known
    repository = call.world.repository(project, policy)
    await repository.head()
    commit = await repository.commit_of_tag(tag)
    if commit is None:
        fix = f"Tag the commit that production runs, `git tag {tag} COMMIT`, and say it again."
        raise AdoptionError(reason=f"the repository has no tag {tag}", fix=fix)
    now = call.world.clock.now().wall
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
