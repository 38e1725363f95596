"""A person rolls production back, or records what it runs: a kept release, or a tag of the repository."""

from functools import partial
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.approval.question import ROLLBACK_PHRASE, question_text
from sentinel.core.release.adoption import Adopting, adopt, require_adoptable
from sentinel.core.release.lifecycle import begin
from sentinel.core.release.model import Deployed, OperationKind, Project
from sentinel.core.release.rollback import can_roll_back, plan_rollback, resolve
from sentinel.core.release.states import Cause, State
from sentinel.core.values.free_text import Line
from sentinel.core.values.free_text import Version as VersionName
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import Version
from sentinel.core.values.times import Instant
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.commit_policy import git_policy
from sentinel.engine.history import tags_against
from sentinel.engine.operations.rollback import begin_rollback
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import transaction, with_reserve
from sentinel.engine.statuses import Answer, Begun
from sentinel.errors import SEE_STATUS
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import AdoptionError, LockedToolError, NothingToLeaveError
from sentinel.ports.store import Transaction


class RollbackQuestion(Frozen):
    """`phrase` is what confirms it."""

    text: str
    phrase: str


class RollbackText(OperatorRequest):
    """What a person confirms before a rollback of their own."""

    wire: ClassVar[str] = "rollback_text"

    async def carry_out(self, call: Call) -> RollbackQuestion:
        """Raises NothingToLeaveError."""
        text = _rollback_text(await call.project(), call.world.clock.now())
        return RollbackQuestion(text=text, phrase=ROLLBACK_PHRASE)


class Rollback(OperatorRequest):
    """A person's own rollback needs no approval. `text` is what was shown and confirmed, if anything was."""

    wire: ClassVar[str] = "rollback"
    reason: Line
    text: str | None = None

    async def carry_out(self, call: Call) -> Answer:
        """Raises NothingToLeaveError or ConfirmedOtherError."""
        operation_id = await with_reserve(call.world, partial(self._begin, call))
        return await call.answer(Begun(operation_id))

    async def _begin(self, call: Call) -> str:
        async with transaction(call.world, call.project_id) as tx:
            found = _rollback_text(tx.project, tx.now)
            if self.text is not None and self.text != found:
                raise ConfirmedOtherError(confirmed=_plan_line(self.text), found=_plan_line(found))
            return begin_rollback(call.world, tx, self.reason, actor=call.by)


def _rollback_text(project: Project, now: Instant) -> str:
    plan = plan_rollback(project, reason="", cause=Cause.PERSON, now=now.wall)
    if plan is None or not can_roll_back(project):
        raise NothingToLeaveError
    return question_text(plan)


def _plan_line(text: str) -> str:
    """The line of the confirmed block that says from which release to which."""
    return printable(next((line for line in text.splitlines() if line.startswith("rollback:")), "another one"))


class Resolve(OperatorRequest):
    """Leaves HALTED: a person says what production runs."""

    wire: ClassVar[str] = "resolve"
    production: VersionName | None

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or AdoptionError where production cannot run that version."""
        project, found = await call.project(), None
        if project.state is not State.HALTED:
            reason = f"Nothing is to be resolved: the state is {project.state}, not HALTED."
            raise LockedToolError(reason=reason, instead=SEE_STATUS)
        if self.production is not None:
            found = await _deployed(call, project, self.production)
        # If the project halted because tags contradict its history, the person accepts that with this.
        lost = await tags_against(call.world, project) if project.history_fault else ()
        async with transaction(call.world, call.project_id) as tx:
            tx.apply(resolve(tx.project, found, call.by, lost))
        if found is None:
            said = "Resolved: production runs no release of Sentinel."
        else:
            kept = "" if found.artifacts else f" No files of it are kept: `sentinel adopt {found.version}` builds them."
            said = f"Resolved: production runs {found.tag}.{kept}"
        return await call.answer(said)


class Adoption(Frozen):
    """What would be recorded: the release, how many of its files are kept, and the command that builds them if none."""

    version: str
    tag: str
    commit: str
    kept: int
    build: str | None


class PreviewAdoption(OperatorRequest):
    """What a person confirms before Sentinel records that production runs `version`."""

    wire: ClassVar[str] = "adoption"
    version: VersionName

    async def carry_out(self, call: Call) -> Adoption:
        """Raises AdoptionError."""
        project = await call.project()
        require_adoptable(project)
        found = await _deployed(call, project, self.version)
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
    """Records what production runs, at once or when its files are built or copied.

    `commit` is the tag's commit that a person confirmed, if they did. The files come from `folder`, or from a build of
    the tag; `without` records the release without files.
    """

    wire: ClassVar[str] = "adopt"
    version: VersionName
    commit: str | None = None
    folder: Annotated[str, Field(max_length=4096), AfterValidator(_absolute)] | None = None
    without: bool = False

    async def carry_out(self, call: Call) -> Answer:
        """Raises AdoptionError, or ConfirmedOtherError if the tag is at another commit than was confirmed."""
        found = await _deployed(call, await call.project(), self.version)
        if self.commit is not None and self.commit != found.commit:
            raise ConfirmedOtherError(confirmed=printable(self.commit[:12]), found=found.commit[:12])
        kept = bool(found.artifacts) and self.folder is None
        said, operation_id = None, None
        async with transaction(call.world, call.project_id) as tx:
            if kept or self.without:
                tx.apply(adopt(tx.project, found, call.by))
                none = "" if kept else " No files of it are kept: the next release has nothing to roll back to."
                said = f"Recorded: production runs {found.tag}.{none}"
            else:
                operation_id = self._begin(call, tx, found)
        return await call.answer(Begun(operation_id, said))

    def _begin(self, call: Call, tx: Transaction, found: Deployed) -> str:
        require_adoptable(tx.project)
        if self.folder is None and tx.project.pin is None:
            fix = "A person runs `sentinel trust` first, or names the files with `--artifacts DIR`."
            raise AdoptionError(reason="nobody has trusted a policy to build it by", fix=fix)
        asked = Adopting(version=found.version, tag=found.tag, commit=found.commit, folder=self.folder)
        arguments = asked.model_dump(mode="json")
        operation = new_operation(call.world, tx, OperationKind.ADOPTION, call.by, arguments)
        tx.apply(begin(tx.project, operation))
        return operation.id


async def _deployed(call: Call, project: Project, version: str) -> Deployed:
    """The release that production is said to run: a known one with its files, else a tag of the repository."""
    policy = await git_policy(call.world, project)
    prefix = policy.tag.prefix
    parsed = Version.parse(version.removeprefix(prefix))
    tag = f"{prefix}{parsed}"
    known = (*project.lineage, *([project.rollback.leaving] if project.rollback else []))
    for deployed in known:
        if deployed.tag == tag:
            return deployed
    repository = call.world.repository(project, policy)
    await repository.head()
    commit = await repository.commit_of_tag(tag)
    if commit is None:
        fix = f"Tag the commit that production runs, `git tag {tag} COMMIT`, and repeat the command."
        raise AdoptionError(reason=f"the repository has no tag {tag}", fix=fix)
    now = call.world.clock.now().wall
    return Deployed(version=str(parsed), tag=tag, commit=commit, deployed_at=now)
