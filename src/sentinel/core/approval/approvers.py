"""Signed approvals: which rules hold for a question, who may sign it, and what a signature changes."""

from sentinel.core.policy.model import ApprovalRules, Channel
from sentinel.core.release.change import Change, update
from sentinel.core.release.model import Approval, Project, Requester, Signature
from sentinel.errors.approval import AlreadySignedError, RequesterApprovesError
from sentinel.errors.release import InvariantBrokenError

NAMESPACE = "sentinel-approval"
"""What a plan is signed for; a signature that was made for git, or for a file, is none."""


def rules_of(project: Project, kind: str = "deployment") -> ApprovalRules:
    """The rules of the release that is to be deployed; a rollback's, and all others', are the trusted policy's."""
    if kind == "deployment" and project.release is not None:
        return project.release.policy.production.approval
    return project.pin.policy.production.approval if project.pin else ApprovalRules()


def open_channels(rules: ApprovalRules, *, separated: bool) -> tuple[Channel, ...]:
    """The channels that can carry what is asked for.

    A form in an AI client cannot sign; and where the agent is a user of its own, what that user's programs answer is
    the agent's word, not a person's.
    """
    forms = rules.approvers is None and not separated
    return tuple(channel for channel in rules.channels if channel != "elicitation" or forms)


def check_signer(approval: Approval, signature: Signature, *, separated: bool) -> None:
    """Whether `signature` is one more person's. Raises RequesterApprovesError or AlreadySignedError.

    In advisory mode the agent is the system's user whose machine it is, so that name says nothing there.
    """
    person = signature.by.removeprefix("person:")
    asked = approval.requester
    if _is_requester(asked, signature.principal, person, separated=separated):
        raise RequesterApprovesError(who=signature.principal, kind=approval.kind)
    for given in approval.signatures:
        if signature.principal == given.principal or signature.fingerprint == given.fingerprint:
            raise AlreadySignedError(who=given.principal)


def _is_requester(asked: Requester, principal: str, person: str, *, separated: bool) -> bool:
    if asked.token:
        return principal == asked.token
    return separated and bool(asked.user) and asked.user in (principal, person)


def sign_approval(project: Project, approval: Approval, signature: Signature, document: bytes) -> Change:
    """One more signature of the open question; the entry holds all that it takes to verify it again."""
    slot = "rollback_approval" if approval.kind == "rollback" else "approval"
    if getattr(project, slot) != approval or approval.claim is not None:
        raise InvariantBrokenError(invariant="only a question that is open is signed")
    signed = approval.model_copy(update={"signatures": (*approval.signatures, signature)})
    return update(
        project,
        "approval.signed",
        signature.by,
        f"the {approval.kind} was signed by {signature.principal}",
        {slot: signed},
        approval=approval.id,
        digest=approval.plan_digest,
        principal=signature.principal,
        fingerprint=signature.fingerprint,
        public_key=signature.public_key,
        plan=document.decode("ascii"),
        signature=signature.armor,
    )


def without_fallen(project: Project, approval: Approval, fallen: frozenset[str]) -> Change:
    """Drops earlier signatures that hold no longer, by the fingerprints of their keys."""
    slot = "rollback_approval" if approval.kind == "rollback" else "approval"
    kept = tuple(signature for signature in approval.signatures if signature.fingerprint not in fallen)
    summary = "signatures are dropped whose keys may not approve any more"
    fields = {slot: approval.model_copy(update={"signatures": kept})}
    return update(
        project, "approval.dropped", "sentinel", summary, fields, approval=approval.id, fingerprints=[*sorted(fallen)]
    )
