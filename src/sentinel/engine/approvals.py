"""Approvals (protocol 3.2): what a human is asked, and what becomes of the answer."""

import secrets

from sentinel.core.approval import PHRASES, check_claimable
from sentinel.core.lifecycle import claim_approval, refuse_approval
from sentinel.core.policy import ApprovalRules, Channel
from sentinel.core.release import Approval, Cancel, Claim, OperationKind, Project
from sentinel.core.rollback import drop_question, refuse_question, request_cancel
from sentinel.core.states import Event
from sentinel.engine.faces import Answer, Question
from sentinel.engine.leave import roll_back
from sentinel.engine.ports import Transaction
from sentinel.engine.projects import Projects
from sentinel.engine.run import new_operation
from sentinel.engine.transactions import transaction
from sentinel.engine.views import Views
from sentinel.engine.world import World
from sentinel.errors.approval import ApprovalRefusedError, ChannelClosedError, NothingToApproveError
from sentinel.errors.operation import NothingToRejectError


class Approvals:
    """One question at a time is shown; a rollback's goes first."""

    def __init__(self, world: World, projects: Projects, views: Views) -> None:
        self._world = world
        self._projects = projects
        self._views = views

    async def question(self, project_id: str) -> Question:
        """Raises NothingToApproveError."""
        project = await self._projects.load(project_id)
        approval = open_question(project)
        if approval is None:
            raise NothingToApproveError
        remaining = approval.expires_at - self._world.clock.now().wall
        return Question(
            project=project.id,
            name=project.name,
            commit=_commit(project, approval),
            approval_id=approval.id,
            plan_digest=approval.plan_digest,
            kind=approval.kind,
            text=approval.text,
            phrase=PHRASES[approval.kind],
            channels=rules_of(project).channels,
            expires_in_seconds=max(0, int(remaining.total_seconds())),
        )

    async def approve(
        self, project_id: str, *, approval_id: str, plan_digest: str, phrase: str, by: str, channel: Channel
    ) -> Answer:
        """Exactly the phrase claims the approval; anything else spends it.

        Raises ChannelClosedError, what check_claimable raises, or ApprovalRefusedError.
        """
        async with transaction(self._world, project_id) as tx:
            project = tx.project
            channels = rules_of(project).channels
            if channel not in channels:
                raise ChannelClosedError(channel=channel, channels=", ".join(channels))
            asked = next((a for a in (project.rollback_approval, project.approval) if a and a.id == approval_id), None)
            approval = check_claimable(project, asked, approval_id=approval_id, plan_digest=plan_digest, now=tx.now)
            confirmed = secrets.compare_digest(phrase.encode(), PHRASES[approval.kind].encode())
            if not confirmed:
                self._refuse(tx, approval, by, "not confirmed with the exact phrase")
                operation_id = None
            else:
                operation_id = self._claim(tx, approval, Claim(by=by, channel=channel, at=tx.now.wall))
        if not confirmed:
            raise ApprovalRefusedError(phrase=PHRASES[approval.kind])
        return await self._views.answer(project_id, f"Approved by {by}.", operation_id=operation_id)

    async def reject(self, project_id: str, *, by: str) -> Answer:
        """Raises NothingToRejectError."""
        async with transaction(self._world, project_id) as tx:
            approval = open_question(tx.project)
            if approval is None:
                raise NothingToRejectError
            self._refuse(tx, approval, by, "rejected")
        return await self._views.answer(project_id, f"The {approval.kind} was rejected by {by}.")

    def _refuse(self, tx: Transaction, approval: Approval, by: str, how: str) -> None:
        """A human's no: the question is spent; it is no finding."""
        refuse = refuse_question if approval.kind == "rollback" else refuse_approval
        tx.apply(refuse(tx.project, by, f"The {approval.kind} was {how} by {by}.", tx.now.wall))

    def _claim(self, tx: Transaction, approval: Approval, claim: Claim) -> str:
        """The operation that the approval starts."""
        if approval.kind == "deployment":
            operation = new_operation(self._world, tx, OperationKind.DEPLOYMENT, claim.by)
            tx.apply(claim_approval(tx.project, claim, operation))
            return operation.id
        plan = tx.project.asked_rollback
        reason = plan.reason if plan else "approved"
        tx.apply(drop_question(tx.project, claim.by, f"rollback approved by {claim.by}"))
        return begin_rollback(self._world, tx, reason, actor=claim.by)


def begin_rollback(world: World, tx: Transaction, reason: str, *, actor: str) -> str:
    """Starts a rollback that needs no more leave; a running operation is cancelled first. The rollback's operation."""
    running = tx.project.operation
    if running is None:
        return roll_back(world, tx, Event.ROLLBACK_STARTED, reason, actor=actor)
    if running.cancel is not None and running.cancel.then == "rollback":
        return running.cancel.following
    cancel = Cancel(then="rollback", reason=reason, by=actor, following=world.new_id())
    tx.apply(request_cancel(tx.project, cancel))
    return cancel.following


def open_question(project: Project) -> Approval | None:
    """The approval that waits for a human: a rollback's before a deployment's."""
    if project.rollback_approval is not None:
        return project.rollback_approval
    approval = project.approval
    return approval if approval is not None and approval.claim is None else None


def rules_of(project: Project) -> ApprovalRules:
    """The rules of the release that is asked about, else of the trusted policy."""
    if project.release is not None:
        return project.release.policy.production.approval
    return project.pin.policy.production.approval if project.pin else ApprovalRules()


def _commit(project: Project, approval: Approval) -> str:
    if approval.kind == "rollback":
        target = project.asked_rollback.target if project.asked_rollback else None
        return target.commit if target else ""
    return project.release.commit if project.release else ""
