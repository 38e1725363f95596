"""The engine's face for people: approvals, trust, rollback and what else an agent may not do (design 3.3)."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path

from sentinel.core.audit import AuditEntry
from sentinel.core.cancelling import Refusal, abandon_refusal, cancel_refusal
from sentinel.core.cause import Cause
from sentinel.core.findings import Imported, StoredFinding
from sentinel.core.lifecycle import close_sprint
from sentinel.core.next_steps import next_steps
from sentinel.core.plan import rollback_text
from sentinel.core.printable import printable
from sentinel.core.release import Deployed, Origin, Project
from sentinel.core.requests import StartSprint
from sentinel.core.rollback import can_roll_back, plan_rollback, resolve
from sentinel.core.signed import rules_of
from sentinel.core.states import State
from sentinel.core.status import ReleaseStatus
from sentinel.core.tag_object import TagObject
from sentinel.core.tokens import Role, Token
from sentinel.engine.abandoned import remove_tag
from sentinel.engine.adopting import Adoptions
from sentinel.engine.approvals import Approvals, begin_rollback
from sentinel.engine.checks import Checks
from sentinel.engine.ending import ask_to_end, give_up
from sentinel.engine.faces import (
    BUILT,
    AdoptedFiles,
    Adoption,
    Answer,
    ApprovalAnswer,
    Check,
    CreatedToken,
    Keys,
    OperatorStatus,
    Proved,
    Question,
    TrustPreview,
)
from sentinel.engine.history import History
from sentinel.engine.projects import Projects
from sentinel.engine.requests import begin_request
from sentinel.engine.tokens import Tokens
from sentinel.engine.transactions import transaction, with_reserve
from sentinel.engine.trusting import Trusting
from sentinel.engine.views import Views
from sentinel.engine.watch import Hub, ProjectWatch
from sentinel.engine.words import told
from sentinel.engine.world import World
from sentinel.errors import SentinelError
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.operation import LockedToolError, NothingToLeaveError


class Operators:
    """What the command line and the console talk to."""

    def __init__(self, world: World, projects: Projects, views: Views, approvals: Approvals, hub: Hub) -> None:
        self._world = world
        self._projects = projects
        self._views = views
        self._hub = hub
        self.approvals = approvals
        self.trusting = Trusting(world, projects, views)
        self.history = History(world, projects)
        self.access = Tokens(world, hub)
        self._adopting = Adoptions(world, projects, views)
        self._checks = Checks(world, projects)

    def mask(self, text: str) -> str:
        return self._world.secrets.mask(text)

    async def open_project(self, directory: Path, claimed: str | None = None) -> str:
        return await self._projects.open(directory, claimed)

    async def register_project(self, origin: Origin, *, by: str) -> str:
        """The id of a project that comes from there (separated mode)."""
        return await self._projects.register(origin, by)

    async def operator_status(self, project_id: str) -> OperatorStatus:
        project = await self._projects.load(project_id)
        open_findings = await self.history.findings(project_id, open_only=True)
        key, faults = await self._public_key(project)
        return OperatorStatus(
            status=await self._views.status(project_id),
            project=project.id,
            name=project.name,
            root=project.root,
            public_key=key,
            notes=(*_notes(project), *faults),
            open_findings=len(open_findings),
            store=self._world.store.description,
        )

    async def checks(self, project_id: str) -> tuple[Check, ...]:
        return await self._checks.run(project_id)

    async def question(self, project_id: str) -> Question:
        return await self.approvals.question(project_id)

    async def approver_keys(self, project_id: str) -> tuple[str, ...]:
        return await self.approvals.keys(project_id)

    async def approve(self, project_id: str, given: ApprovalAnswer) -> Answer:
        return await self.approvals.approve(project_id, given)

    async def reject(
        self, project_id: str, *, by: str, approval_id: str | None = None, reason: str | None = None
    ) -> Answer:
        return await self.approvals.reject(project_id, by=by, approval_id=approval_id, reason=reason)

    async def abandon(self, project_id: str, *, release_id: str, reason: str, by: str) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where another candidate was confirmed."""
        reason, message, asked = self.mask(reason), None, None
        async with transaction(self._world, project_id) as tx:
            before = tx.project
            _require(abandon_refusal(before))
            if before.release is not None and before.release.id != release_id:
                raise ConfirmedOtherError(confirmed="another candidate", found=before.release.tag)
            if before.operation is None:
                message = give_up(tx, reason, by)
            else:
                asked = ask_to_end(self._world, tx, "abandon", reason, by)
        if asked is None:
            await remove_tag(self._world, before)
        return await self._views.answer(project_id, message, operation_id=asked)

    async def cancel(self, project_id: str, *, operation_id: str, reason: str, by: str) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where another operation was confirmed."""
        async with transaction(self._world, project_id) as tx:
            _require(cancel_refusal(tx.project))
            running = tx.project.operation
            if running is not None and running.id != operation_id:
                raise ConfirmedOtherError(confirmed="another operation", found=running.kind)
            asked = ask_to_end(self._world, tx, "stop", self.mask(reason), by)
        return await self._views.answer(project_id, None, operation_id=asked)

    async def start_sprint(self, project_id: str, *, name: str, by: str) -> Answer:
        async with transaction(self._world, project_id) as tx:
            begun = begin_request(self._world, tx, StartSprint(name=self.mask(name)), by)
        return await self._views.answer(project_id, begun.message)

    async def close_sprint(self, project_id: str, *, by: str) -> Answer:
        async with transaction(self._world, project_id) as tx:
            if tx.project.operation is not None or tx.project.state is not State.ACTIVE:
                reason = f"A sprint is closed in state ACTIVE, with nothing running; the state is {tx.project.state}."
                raise LockedToolError(reason=reason, instead=next_steps(tx.project, tx.now)[0])
            tx.apply(close_sprint(tx.project, by))
        return await self._views.answer(project_id, "The sprint is closed.")

    async def rollback_text(self, project_id: str) -> str:
        """Raises NothingToLeaveError."""
        return self._rollback_text(await self._projects.load(project_id))

    def _rollback_text(self, project: Project) -> str:
        plan = plan_rollback(project, reason="", cause=Cause.PERSON, now=self._world.clock.now().wall)
        if plan is None or not can_roll_back(project):
            raise NothingToLeaveError
        return rollback_text(plan)

    async def rollback(self, project_id: str, *, reason: str, by: str, text: str | None = None) -> Answer:
        """A person's own rollback needs no approval. Raises NothingToLeaveError, or ConfirmedOtherError."""
        begin = partial(self._begin_rollback, project_id, self.mask(reason), by, text)
        operation_id = await with_reserve(self._world, begin)
        return await self._views.answer(project_id, None, operation_id=operation_id)

    async def _begin_rollback(self, project_id: str, reason: str, by: str, text: str | None) -> str:
        async with transaction(self._world, project_id) as tx:
            found = self._rollback_text(tx.project)
            if text is not None and text != found:
                raise ConfirmedOtherError(confirmed=_plan_line(text), found=_plan_line(found))
            return begin_rollback(self._world, tx, reason, actor=by)

    async def adoption(self, project_id: str, *, version: str) -> Adoption:
        return await self._adopting.preview(project_id, version=version)

    async def adopt(self, project_id: str, *, version: str, by: str, files: AdoptedFiles = BUILT) -> Answer:
        return await self._adopting.adopt(project_id, version=version, by=by, files=files)

    async def resolve(self, project_id: str, *, production: str | None, by: str) -> Answer:
        """Out of HALTED, by a person's word about what production runs."""
        project = await self._projects.load(project_id)
        deployed = await self._adopting.deployed(project, production) if production is not None else None
        async with transaction(self._world, project_id) as tx:
            tx.apply(resolve(tx.project, deployed, by))
        return await self._views.answer(project_id, _resolved(deployed))

    async def outcome(self, project_id: str, operation_id: str) -> ReleaseStatus | None:
        return await self._views.outcome(project_id, operation_id)

    def watch(self, project_id: str) -> AbstractAsyncContextManager[ProjectWatch]:
        return self._hub.watch(project_id)

    async def trust_preview(self, project_id: str) -> TrustPreview:
        return await self.trusting.preview(project_id)

    async def trust(self, project_id: str, *, digest: str, by: str) -> Answer:
        return await self.trusting.trust(project_id, digest=digest, by=by)

    async def findings(self, project_id: str, *, open_only: bool) -> tuple[StoredFinding, ...]:
        return await self.history.findings(project_id, open_only=open_only)

    async def import_sarif(self, project_id: str, *, document: str, by: str) -> Imported:
        return await self.history.import_sarif(project_id, document=document, by=by)

    async def resolve_finding(self, project_id: str, *, number: int, reason: str, by: str) -> StoredFinding:
        return await self.history.resolve_finding(project_id, number=number, reason=self.mask(reason), by=by)

    async def audit_entries(self, project_id: str, *, after: int, limit: int) -> tuple[AuditEntry, ...]:
        return await self.history.entries(project_id, after=after, limit=limit)

    async def newest_audit_entries(
        self, project_id: str, *, after: int, before: int | None, limit: int
    ) -> tuple[AuditEntry, ...]:
        return await self.history.newest_entries(project_id, after=after, before=before, limit=limit)

    async def verify_audit(self, project_id: str) -> Proved:
        return await self.history.verify(project_id)

    async def audit_keys(self, project_id: str) -> Keys:
        return await self.history.keys(project_id)

    async def audit_tags(self, project_id: str) -> tuple[TagObject, ...]:
        return await self.history.own_tags(project_id)

    async def create_token(
        self, project_id: str, *, name: str, role: Role, expires: timedelta | None, by: str
    ) -> CreatedToken:
        return await self.access.create(project_id, name=name, role=role, expires=expires, by=by)

    async def tokens(self, project_id: str) -> tuple[Token, ...]:
        return await self.access.listed(project_id)

    async def revoke_token(self, project_id: str, *, id: str, by: str) -> Token:
        return await self.access.revoke(project_id, id=id, by=by)

    async def _public_key(self, project: Project) -> tuple[str | None, tuple[str, ...]]:
        """Where it is, or else what is wrong with the key: the status is there for whoever mends it."""
        if project.pin is None:
            return None, ()
        try:
            return str(await self._world.repository(project, project.pin.policy).public_key()), ()
        except SentinelError as error:
            return None, (told(self._world, error),)


def _resolved(production: Deployed | None) -> str:
    if production is None:
        return "Resolved: production runs nothing of Sentinel's."
    kept = "" if production.artifacts else f" Nothing of it is kept: `sentinel adopt {production.version}` builds it."
    return f"Resolved: production runs {production.tag}.{kept}"


def _plan_line(text: str) -> str:
    """What is left and gone back to, of the block that is confirmed."""
    return printable(next((line for line in text.splitlines() if line.startswith("rollback:")), "another one"))


def _require(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise LockedToolError(reason=refusal.reason, instead=refusal.instead)


def _notes(project: Project) -> tuple[str, ...]:
    """What a person should know beside the state."""
    notes = []
    if "console" in rules_of(project).channels:
        notes.append("The approval channel `console` is not there yet: use the terminal.")
    return tuple(notes)
