"""Approvals (protocol 3.2): what a human is asked, and what becomes of the answer."""

import secrets
from dataclasses import dataclass

from sentinel.core.approval.content import QuestionContent, question_content
from sentinel.core.approval.question import (
    PHRASES,
    ApprovalAnswer,
    check_claimable,
    check_signer,
    current_document,
    digest_of,
    open_channels,
    rules_of,
    sign_approval,
    without_fallen,
)
from sentinel.core.policy.model import ApprovalRules, Channel
from sentinel.core.release.holding import check_may_go_on, exceptions, prepared_with_older_policy
from sentinel.core.release.lifecycle import claim_approval, refuse_approval
from sentinel.core.release.model import Approval, Claim, OperationKind, Project, Signature
from sentinel.core.release.rollback import drop_question, refuse_question
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.engine.approvers_file import require_same_approvers
from sentinel.engine.history import require_newest_to_roll_back
from sentinel.engine.operations.rollback import begin_rollback
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer, Views
from sentinel.errors.approval import (
    AmbiguousApproverError,
    ApprovalGoneError,
    ApprovalRefusedError,
    ChannelClosedError,
    NothingToApproveError,
    OlderPolicyError,
    PlanChangedError,
    SignatureRequiredError,
    SignatureUnaskedError,
    UnknownApproverError,
)
from sentinel.errors.release import NothingToRejectError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


class Question(Frozen):
    """An open approval as a human is shown it: project and commit, then `text`; `phrase` is what approves.

    Where `approvers` must sign (how many, `required` says; `signed` are those who have), `document` is what they sign.
    `remarks` say what was not checked of the release, and what nothing proves; `notes` what it changes. `content` is
    all that belongs to the decision.
    """

    project: str
    name: str
    commit: str
    approval_id: str
    plan_digest: str
    kind: str
    text: FreeText
    phrase: str
    channels: tuple[Channel, ...]
    expires_in_seconds: int
    document: str
    approvers: str | None
    required: int
    signed: tuple[str, ...]
    approvers_digest: str | None = None
    remarks: tuple[FreeText, ...] = ()
    notes: FreeText = ""
    content: QuestionContent


class Approvals:
    """One question at a time is shown; a rollback's goes first."""

    def __init__(self, world: World, projects: Projects, views: Views) -> None:
        self._world = world
        self._projects = projects
        self._views = views

    async def question(self, project_id: str) -> Question:
        """Raises NothingToApproveError, or where a yes would set off nothing OlderPolicyError, PlanChangedError,
        LineHeldError or WindowClosedError.
        """
        project = await self._projects.load(project_id)
        approval = open_question(project)
        if approval is None:
            raise NothingToApproveError
        now = self._world.clock.now()
        if approval.kind == "deployment":
            if prepared_with_older_policy(project):
                raise OlderPolicyError
            check_may_go_on(project, now.wall)
        rules, document = rules_of(project, approval.kind), current_document(project, approval, now)
        findings = await self._world.store.findings(project_id, session=project.session or None, open_only=False)
        content = question_content(project, approval, findings, now=now.wall, separated=self._world.separated)
        if document is None or content is None:
            raise PlanChangedError
        return Question(
            project=project.id,
            name=project.name,
            commit=_commit(project, approval),
            approval_id=approval.id,
            plan_digest=approval.plan_digest,
            kind=approval.kind,
            text=approval.text,
            phrase=PHRASES[approval.kind],
            channels=open_channels(rules, separated=self._world.separated),
            expires_in_seconds=max(0, int((approval.expires_at - now.wall).total_seconds())),
            document=document.decode("ascii"),
            approvers=rules.approvers,
            approvers_digest=project.pin.approvers if project.pin is not None else None,
            required=rules.required,
            signed=tuple(signature.principal for signature in approval.signatures),
            notes=project.release.notes if approval.kind == "deployment" and project.release else "",
            remarks=_remarks(project, approval),
            content=content,
        )

    async def keys(self, project_id: str) -> tuple[str, ...]:
        """The public keys that may sign the open question.

        Raises NothingToApproveError, ApproversChangedError, ApproversUnfitError.
        """
        project = await self._projects.load(project_id)
        approval = open_question(project)
        if approval is None:
            raise NothingToApproveError
        await require_same_approvers(self._world, project)
        file = rules_of(project, approval.kind).approvers
        return await self._world.approvers.keys(file) if file is not None else ()

    async def approve(self, project_id: str, given: ApprovalAnswer, *, by: str) -> Answer:
        """Exactly the phrase, signed where approvers are named, claims the approval; another phrase spends it.

        Raises what `_claimable` and what `verified` and `record` raise, or ApprovalRefusedError.
        """
        signed = None
        project = await self._projects.load(project_id)
        if project.rollback_approval is not None and project.rollback_approval.id == given.approval_id:
            await require_newest_to_roll_back(self._world, project)
        if given.signature is not None:
            project = await self._projects.load(project_id)
            signed = await verified(self._world, project, given.approval_id, given.signature, by=by)
        async with transaction(self._world, project_id) as tx:
            approval = self._claimable(tx, given)
            confirmed = secrets.compare_digest(given.phrase.encode(), PHRASES[approval.kind].encode())
            message, operation_id = "", None
            if confirmed:
                message, operation_id = self._accept(tx, approval, given, by, signed)
            else:
                said = f"The {approval.kind} was not confirmed with the exact phrase by {by}."
                self._refuse(tx, approval, by, said)
        if not confirmed:
            raise ApprovalRefusedError(phrase=PHRASES[approval.kind])
        return await self._views.answer(project_id, message, operation_id=operation_id)

    def _accept(
        self, tx: Transaction, approval: Approval, given: ApprovalAnswer, by: str, signed: "Verified | None"
    ) -> tuple[str, str | None]:
        """What to say, and the operation that has begun, if this was the last yes that was needed."""
        ready = record(self._world, tx, approval, signed)
        rules = rules_of(tx.project, approval.kind)
        if ready is None:
            waiting = named_question(tx.project, approval.id)
            names = tuple(signature.principal for signature in waiting.signatures) if waiting else ()
            return f"Signed by {', '.join(names)}: {len(names)} of {rules.required} approvals.", None
        claim = Claim(
            by=by,
            channel=given.channel,
            at=tx.now.wall,
            proven=self._world.separated and given.channel == "terminal",
            proof="signature" if rules.approvers is not None else "phrase",
            signers=tuple(signature.principal for signature in ready.signatures),
        )
        return f"Approved by {', '.join(claim.signers) or by}.", self._claim(tx, ready, claim)

    def _claimable(self, tx: Transaction, given: ApprovalAnswer) -> Approval:
        """The question that `given` answers.

        Raises SignatureRequiredError, ChannelClosedError, or as check_claimable.
        """
        asked = named_question(tx.project, given.approval_id)
        rules = rules_of(tx.project, asked.kind if asked else "deployment")
        if given.channel not in (usable := open_channels(rules, separated=self._world.separated)):
            if given.channel in rules.channels and rules.approvers is not None:
                raise SignatureRequiredError
            raise ChannelClosedError(channel=given.channel, channels=", ".join(usable))
        digest = given.plan_digest
        return check_claimable(tx.project, asked, approval_id=given.approval_id, plan_digest=digest, now=tx.now)

    async def reject(
        self, project_id: str, *, by: str, approval_id: str | None = None, reason: str | None = None
    ) -> Answer:
        """Raises NothingToRejectError, or ApprovalGoneError where another question is open than the one named."""
        why = f": {reason.rstrip('.')}" if reason else ""
        async with transaction(self._world, project_id) as tx:
            approval = open_question(tx.project) if approval_id is None else named_question(tx.project, approval_id)
            if approval is None:
                raise NothingToRejectError if approval_id is None else ApprovalGoneError
            said = f"The {approval.kind} was rejected by {by}{why}."
            self._refuse(tx, approval, by, said)
        return await self._views.answer(project_id, said)

    def _refuse(self, tx: Transaction, approval: Approval, by: str, said: str) -> None:
        """A human's no: the question is spent; it is no finding."""
        refuse = refuse_question if approval.kind == "rollback" else refuse_approval
        tx.apply(refuse(tx.project, by, said, tx.now.wall))

    def _claim(self, tx: Transaction, approval: Approval, claim: Claim) -> str:
        """The operation that the approval starts."""
        if approval.kind == "deployment":
            operation = new_operation(self._world, tx, OperationKind.DEPLOYMENT, claim.by)
            tx.apply(claim_approval(tx.project, claim, operation))
            return operation.id
        plan = tx.project.asked_rollback
        reason = plan.reason if plan else "approved"
        tx.apply(drop_question(tx.project, claim))
        return begin_rollback(self._world, tx, reason, actor=claim.by)


def open_question(project: Project) -> Approval | None:
    """The approval that waits for a human: a rollback's before a deployment's."""
    if project.rollback_approval is not None:
        return project.rollback_approval
    approval = project.approval
    return approval if approval is not None and approval.claim is None else None


def _commit(project: Project, approval: Approval) -> str:
    if approval.kind == "rollback":
        target = project.asked_rollback.target if project.asked_rollback else None
        return target.commit if target else ""
    return project.release.commit if project.release else ""


def _remarks(project: Project, approval: Approval) -> tuple[str, ...]:
    """After a rollback production answers as the policy of the release that it goes back to says."""
    if approval.kind == "deployment":
        release = project.release
        own = (release.policy.unchecked(), *release.remarks, release.policy.unproven()) if release else ()
        said = (*exceptions(release), *own) if release else ()
    else:
        target = project.asked_rollback.target if project.asked_rollback else None
        said = (target.policy.unproven(),) if target and target.policy else ()
    return tuple(filter(None, said))


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds; `fallen` are the keys of earlier ones that may not approve any more."""

    document: bytes
    rules: ApprovalRules
    signature: Signature
    fallen: frozenset[str]


def named_question(project: Project, approval_id: str) -> Approval | None:
    """The question of that id, if it is one of the project's two."""
    asked = (project.rollback_approval, project.approval)
    return next((approval for approval in asked if approval is not None and approval.id == approval_id), None)


async def verified(world: World, project: Project, approval_id: str, armor: str, *, by: str) -> Verified:
    """Verifies `armor`, which takes too long for a transaction; `record` holds it against the project again.

    Raises ApprovalGoneError, SignatureUnaskedError, PlanChangedError, and what `require_same_approvers` and
    Approvers.verify raise.
    """
    approval, now = named_question(project, approval_id), world.clock.now()
    if approval is None:
        raise ApprovalGoneError
    rules = rules_of(project, approval.kind)
    if rules.approvers is None:
        raise SignatureUnaskedError
    document = current_document(project, approval, now)
    if document is None:
        raise PlanChangedError
    await require_same_approvers(world, project)
    signature = await world.approvers.verify(rules.approvers, document, armor, by=by, at=now.wall)
    fallen = [given.fingerprint for given in approval.signatures if not await _stands(world, rules, document, given)]
    return Verified(document, rules, signature, frozenset(fallen))


async def _stands(world: World, rules: ApprovalRules, document: bytes, given: Signature) -> bool:
    """Whether a signature that held when it was given still does: its key may have been taken out, or have expired."""
    try:
        at = world.clock.now().wall
        again = await world.approvers.verify(rules.approvers or "", document, given.armor, by=given.by, at=at)
    except (UnknownApproverError, AmbiguousApproverError):
        return False
    return again.principal == given.principal


def record(world: World, tx: Transaction, approval: Approval, given: Verified | None) -> Approval | None:
    """The question with one more signature, where it has all that it needs now; None where it waits for others.

    Raises SignatureRequiredError where there is none, PlanChangedError where the rules are others by now, and what
    check_signer raises; then nothing is recorded.
    """
    rules = rules_of(tx.project, approval.kind)
    if rules.approvers is None:
        return approval
    if given is None:
        raise SignatureRequiredError
    if given.rules != rules or digest_of(given.document) != approval.plan_digest:
        raise PlanChangedError
    if given.fallen:
        tx.apply(without_fallen(tx.project, approval, given.fallen))
        approval = _again(tx, approval)
    check_signer(approval, given.signature, separated=world.separated)
    tx.apply(sign_approval(tx.project, approval, given.signature, given.document))
    signed = _again(tx, approval)
    return signed if len(signed.signatures) >= rules.required else None


def _again(tx: Transaction, approval: Approval) -> Approval:
    found = named_question(tx.project, approval.id)
    return check_claimable(tx.project, found, approval_id=approval.id, plan_digest=approval.plan_digest, now=tx.now)
