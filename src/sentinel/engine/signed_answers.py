"""Signed approvals (protocol 3.2): what a person signs, and what their signature, once it holds, comes to."""

from dataclasses import dataclass

from sentinel.core.approval.approvers import check_signer, rules_of, sign_approval, without_fallen
from sentinel.core.approval.plan import current_document, digest_of
from sentinel.core.approval.question import check_claimable
from sentinel.core.policy.model import ApprovalRules
from sentinel.core.release.model import Approval, Project, Signature
from sentinel.engine.approvers_file import require_same_approvers
from sentinel.errors.approval import ApprovalGoneError, PlanChangedError
from sentinel.errors.signed import (
    AmbiguousApproverError,
    SignatureRequiredError,
    SignatureUnaskedError,
    UnknownApproverError,
)
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


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
