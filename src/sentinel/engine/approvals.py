"""Approvals: what a person is asked, and what their answer does."""

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
from sentinel.engine.runtime.run import new_operation
from sentinel.engine.runtime.transactions import load_project, transaction
from sentinel.engine.statuses import Begun
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
    """An open approval as a person sees it: project and commit, then `text`; `phrase` approves.

    If `approvers` must sign, they sign `document`; `required` is how many, `signed` are those who have. `remarks` say
    what was not checked and what nothing proves; `notes` what the release changes. `content` is everything for the
    decision.
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


async def read_question(world: World, project_id: str) -> Question:
    """The open question; a rollback's comes before a deployment's.

    Raises NothingToApproveError, or if an approval would have no effect OlderPolicyError, PlanChangedError,
    OnHoldError or WindowClosedError.
    """
    project = await load_project(world, project_id)
    approval = open_question(project)
    if approval is None:
        raise NothingToApproveError
    now = world.clock.now()
    if approval.kind == "deployment":
        if prepared_with_older_policy(project):
            raise OlderPolicyError
        check_may_go_on(project, now.wall)
    rules, document = rules_of(project, approval.kind), current_document(project, approval, now)
    findings = await world.store.findings(project_id, session=project.session or None, open_only=False)
    content = question_content(project, approval, findings, now=now.wall, separated=world.separated)
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
        channels=open_channels(rules, separated=world.separated),
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


async def keys_to_sign(world: World, project_id: str) -> tuple[str, ...]:
    """The public keys that may sign the open question.

    Raises NothingToApproveError, ApproversChangedError, ApproversUnfitError.
    """
    project = await load_project(world, project_id)
    approval = open_question(project)
    if approval is None:
        raise NothingToApproveError
    await require_same_approvers(world, project)
    file = rules_of(project, approval.kind).approvers
    return await world.approvers.keys(file) if file is not None else ()


async def approve(world: World, project_id: str, given: ApprovalAnswer, *, by: str) -> Begun:
    """Exactly the phrase approves, with a signature if approvers are named. Any other phrase spends the approval.

    Raises what `_claimable`, `_verified` and `_record` raise, or ApprovalRefusedError.
    """
    signed = None
    project = await load_project(world, project_id)
    if project.rollback_approval is not None and project.rollback_approval.id == given.approval_id:
        await require_newest_to_roll_back(world, project)
    if given.signature is not None:
        project = await load_project(world, project_id)
        signed = await _verified(world, project, given.approval_id, given.signature, by=by)
    begun = None
    async with transaction(world, project_id) as tx:
        approval = _claimable(world, tx, given)
        if secrets.compare_digest(given.phrase.encode(), PHRASES[approval.kind].encode()):
            begun = _accept(world, tx, approval, given, by, signed)
        else:
            _refuse(tx, approval, by, f"The {approval.kind} was not confirmed with the exact phrase by {by}.")
    if begun is None:
        raise ApprovalRefusedError(phrase=PHRASES[approval.kind])
    return begun


def _claimable(world: World, tx: Transaction, given: ApprovalAnswer) -> Approval:
    """The question that `given` answers.

    Raises SignatureRequiredError, ChannelClosedError, and what `check_claimable` raises.
    """
    asked = _named_question(tx.project, given.approval_id)
    rules = rules_of(tx.project, asked.kind if asked else "deployment")
    if given.channel not in (usable := open_channels(rules, separated=world.separated)):
        if given.channel in rules.channels and rules.approvers is not None:
            raise SignatureRequiredError
        raise ChannelClosedError(channel=given.channel, channels=", ".join(usable))
    digest = given.plan_digest
    return check_claimable(tx.project, asked, approval_id=given.approval_id, plan_digest=digest, now=tx.now)


def _accept(
    world: World, tx: Transaction, approval: Approval, given: ApprovalAnswer, by: str, signed: "_Verified | None"
) -> Begun:
    """What the approval begins if no other signature is needed."""
    ready = _record(world, tx, approval, signed)
    rules = rules_of(tx.project, approval.kind)
    if ready is None:
        waiting = _named_question(tx.project, approval.id)
        names = tuple(signature.principal for signature in waiting.signatures) if waiting else ()
        return Begun(message=f"Signed by {', '.join(names)}: {len(names)} of {rules.required} approvals.")
    claim = Claim(
        by=by,
        channel=given.channel,
        at=tx.now.wall,
        proven=world.separated and given.channel == "terminal",
        proof="signature" if rules.approvers is not None else "phrase",
        signers=tuple(signature.principal for signature in ready.signatures),
    )
    return Begun(_claim(world, tx, ready, claim), f"Approved by {', '.join(claim.signers) or by}.")


def _claim(world: World, tx: Transaction, approval: Approval, claim: Claim) -> str:
    """The operation that the approval starts."""
    if approval.kind == "deployment":
        operation = new_operation(world, tx, OperationKind.DEPLOYMENT, claim.by)
        tx.apply(claim_approval(tx.project, claim, operation))
        return operation.id
    plan = tx.project.asked_rollback
    reason = plan.reason if plan else "approved"
    tx.apply(drop_question(tx.project, claim))
    return begin_rollback(world, tx, reason, actor=claim.by)


async def reject(
    world: World, project_id: str, *, by: str, approval_id: str | None = None, reason: str | None = None
) -> str:
    """Returns what was rejected. `approval_id` is the question that was shown; without it, whichever is open.

    Raises NothingToRejectError, or ApprovalGoneError if the named question is no longer open.
    """
    why = f": {reason.rstrip('.')}" if reason else ""
    async with transaction(world, project_id) as tx:
        approval = open_question(tx.project) if approval_id is None else _named_question(tx.project, approval_id)
        if approval is None:
            raise NothingToRejectError if approval_id is None else ApprovalGoneError
        said = f"The {approval.kind} was rejected by {by}{why}."
        _refuse(tx, approval, by, said)
    return said


def _refuse(tx: Transaction, approval: Approval, by: str, said: str) -> None:
    """A person's refusal spends the question; it is no finding."""
    refuse = refuse_question if approval.kind == "rollback" else refuse_approval
    tx.apply(refuse(tx.project, by, said, tx.now.wall))


def open_question(project: Project) -> Approval | None:
    """The approval that waits for a person: a rollback's before a deployment's."""
    if project.rollback_approval is not None:
        return project.rollback_approval
    approval = project.approval
    return approval if approval is not None and approval.claim is None else None


def _named_question(project: Project, approval_id: str) -> Approval | None:
    """The question with that id, if it is one of the project's two."""
    asked = (project.rollback_approval, project.approval)
    return next((approval for approval in asked if approval is not None and approval.id == approval_id), None)


def _commit(project: Project, approval: Approval) -> str:
    if approval.kind == "rollback":
        target = project.asked_rollback.target if project.asked_rollback else None
        return target.commit if target else ""
    return project.release.commit if project.release else ""


def _remarks(project: Project, approval: Approval) -> tuple[str, ...]:
    """After a rollback, the policy of the earlier release says how production answers."""
    if approval.kind == "deployment":
        release = project.release
        own = (release.policy.unchecked(), *release.remarks, release.policy.unproven()) if release else ()
        said = (*exceptions(release), *own) if release else ()
    else:
        target = project.asked_rollback.target if project.asked_rollback else None
        said = (target.policy.unproven(),) if target and target.policy else ()
    return tuple(filter(None, said))


@dataclass(frozen=True, slots=True)
class _Verified:
    """A valid signature; `fallen` are the keys of earlier signatures that may no longer approve."""

    document: bytes
    rules: ApprovalRules
    signature: Signature
    fallen: frozenset[str]


async def _verified(world: World, project: Project, approval_id: str, armor: str, *, by: str) -> _Verified:
    """Verifies `armor`, which takes too long for a transaction; `_record` compares it with the project again.

    Raises ApprovalGoneError, SignatureUnaskedError, PlanChangedError, and what `require_same_approvers` and
    Approvers.verify raise.
    """
    approval, now = _named_question(project, approval_id), world.clock.now()
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
    return _Verified(document, rules, signature, frozenset(fallen))


async def _stands(world: World, rules: ApprovalRules, document: bytes, given: Signature) -> bool:
    """Whether an earlier signature is still valid: its key may have been removed or have expired."""
    try:
        at = world.clock.now().wall
        again = await world.approvers.verify(rules.approvers or "", document, given.armor, by=given.by, at=at)
    except (UnknownApproverError, AmbiguousApproverError):
        return False
    return again.principal == given.principal


def _record(world: World, tx: Transaction, approval: Approval, given: _Verified | None) -> Approval | None:
    """The question with one more signature if it now has all that it needs, or None if it waits for others.

    Raises SignatureRequiredError if there is no signature, PlanChangedError if the rules have changed, and what
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
    found = _named_question(tx.project, approval.id)
    return check_claimable(tx.project, found, approval_id=approval.id, plan_digest=approval.plan_digest, now=tx.now)
