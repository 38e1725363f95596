"""Approvals: a question to a person, bound to a digest of the whole plan, used once."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, JsonValue

from sentinel.core.approval.sshsig import ARMOR_LIMIT
from sentinel.core.policy.model import ApprovalRules, Channel
from sentinel.core.release.change import Change, update
from sentinel.core.release.holding import check_may_go_on
from sentinel.core.release.model import NOBODY, Approval, Artifact, Project, Release, Requester, RollbackPlan, Signature
from sentinel.core.release.rollback import plan_rollback
from sentinel.core.release.states import Cause
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.printable import printable
from sentinel.core.values.times import Instant
from sentinel.errors.approval import (
    AlreadySignedError,
    ApprovalExpiredError,
    ApprovalGoneError,
    ApprovalUsedError,
    PlanChangedError,
    RequesterApprovesError,
)
from sentinel.errors.release import InvariantBrokenError

DEPLOY_PHRASE = "DEPLOY-NOW"
ROLLBACK_PHRASE = "ROLLBACK-NOW"
PHRASES = {"deployment": DEPLOY_PHRASE, "rollback": ROLLBACK_PHRASE}
CHECKS_TAKE = timedelta(minutes=5)


def question_text(subject: Release | RollbackPlan) -> str:
    """The question in the protocol's exact words; all of it comes from git."""
    if isinstance(subject, Release):
        about = f"version: {printable(subject.tag)}\nchanges: {subject.changes}"
        what, phrase = "DEPLOYMENT", DEPLOY_PHRASE
    else:
        target = subject.target.tag if subject.target else "nothing"
        about = f"rollback: {printable(subject.leaving.tag)} -> {printable(target)}"
        what, phrase = "ROLLBACK", ROLLBACK_PHRASE
    return f"[SENTINEL DEFCON 1]\ntarget: PRODUCTION\n{about}\nCONFIRM {what}? (Type '{phrase}' to confirm):"


def plan_document(project: Project, subject: Release | RollbackPlan, *, nonce: str, expires_at: datetime) -> bytes:
    """The canonical plan: exactly what a person approves."""
    return canonical(
        {
            **(_deployment(subject) if isinstance(subject, Release) else _rollback(subject)),
            "project": project.id,
            "text": question_text(subject),
            "nonce": nonce,
            "expires_at": expires_at.isoformat(),
        }
    )


def _deployment(release: Release) -> dict[str, JsonValue]:
    """With what people decided for this release alone; plans of earlier versions have no such keys."""
    exceptions = {"hotfix": release.hotfix, "outside_window": release.outside}
    return {
        "target": "production",
        "release": release.id,
        "version": release.version,
        "tag": release.tag,
        "commit": release.commit,
        "tree": release.tree,
        "tag_object": release.tag_object,
        "artifacts": _digests(release.artifacts),
        "changes": release.changes.model_dump(),
        "policy": release.policy_digest,
        **{key: {"reason": one.reason, "by": one.by} for key, one in exceptions.items() if one is not None},
    }


def _rollback(plan: RollbackPlan) -> dict[str, JsonValue]:
    target = plan.target
    return {
        "target": "rollback",
        "leaving": [plan.leaving.tag, plan.leaving.commit],
        "back_to": [target.tag, target.commit, _digests(target.artifacts)] if target else None,
    }


def _digests(artifacts: tuple[Artifact, ...]) -> JsonValue:
    return {artifact.name: artifact.sha256 for artifact in artifacts}


def digest_of(document: bytes) -> str:
    """SHA-256 of a plan's document: what an approval is bound to."""
    return hashlib.sha256(document).hexdigest()


def current_document(project: Project, approval: Approval, now: Instant) -> bytes | None:
    """The plan that approving `approval` would start now; None if it would start nothing."""
    subject: Release | RollbackPlan | None = project.release
    if approval.kind == "rollback":
        asked = project.asked_rollback is not None
        subject = plan_rollback(project, reason="", cause=Cause.AGENT, now=now.wall) if asked else None
    if subject is None:
        return None
    return plan_document(project, subject, nonce=approval.nonce, expires_at=approval.expires_at)


def ask_approval(
    project: Project,
    subject: Release | RollbackPlan,
    *,
    id: str,
    nonce: str,
    now: Instant,
    requester: Requester = NOBODY,
    asked_by: str = "",
) -> Approval:
    """The question for a release, or for a rollback that an agent asks for; it expires as its rules say."""
    deployment = subject if isinstance(subject, Release) else None
    rules = deployment.policy.production.approval if deployment else rules_of(project, "rollback")
    expires_at = now.wall + rules.expires
    return Approval(
        id=id,
        kind="deployment" if deployment else "rollback",
        plan_digest=digest_of(plan_document(project, subject, nonce=nonce, expires_at=expires_at)),
        nonce=nonce,
        text=question_text(subject),
        requested=now,
        expires_at=expires_at,
        requester=requester,
        asked_by=asked_by,
    )


NAMESPACE = "sentinel-approval"
"""The namespace of approvals: a signature that was made for git or for a file does not count."""


def rules_of(project: Project, kind: str = "deployment") -> ApprovalRules:
    """The approval rules: of the release for its deployment, else of the trusted policy."""
    if kind == "deployment" and project.release is not None:
        return project.release.policy.production.approval
    return project.pin.policy.production.approval if project.pin else ApprovalRules()


def open_channels(rules: ApprovalRules, *, separated: bool) -> tuple[Channel, ...]:
    """The channels through which a person can answer.

    A form in an AI client cannot sign. If the agent is a user of its own, its programs' answers are the agent's, not a
    person's.
    """
    forms = rules.approvers is None and not separated
    return tuple(channel for channel in rules.channels if channel != "elicitation" or forms)


def check_signer(approval: Approval, signature: Signature, *, separated: bool) -> None:
    """Checks that `signature` is from one more person.

    Raises RequesterApprovesError or AlreadySignedError. In advisory mode the agent runs as the person's own system
    user, so that name proves nothing there.
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
    """Adds a signature to the open question. The entry holds everything that is needed to verify it again."""
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
    """Drops earlier signatures whose keys, by their fingerprints, are no longer trusted."""
    slot = "rollback_approval" if approval.kind == "rollback" else "approval"
    kept = tuple(signature for signature in approval.signatures if signature.fingerprint not in fallen)
    summary = "signatures dropped: their keys may no longer approve"
    fields = {slot: approval.model_copy(update={"signatures": kept})}
    return update(
        project, "approval.dropped", "sentinel", summary, fields, approval=approval.id, fingerprints=[*sorted(fallen)]
    )


class ApprovalAnswer(Frozen):
    """An answer to a question: the phrase that was typed, where, and an SSH signature of the plan."""

    approval_id: str
    plan_digest: str
    phrase: str
    channel: Channel
    signature: Annotated[str, Field(max_length=ARMOR_LIMIT)] | None = None


def is_expired(approval: Approval, now: Instant) -> bool:
    """Whether the question has expired by either clock: a wall clock that was set back does not keep it open."""
    return approval.requested.longest_to(now) >= approval.expires_at - approval.requested.wall


def is_stale(approval: Approval, now: Instant) -> bool:
    """Whether a claim was not used before its question expired, as after a crash.

    The last checks take a moment, so a claim shortly before the end stays valid for as long as they may take.
    """
    claim = approval.claim
    if claim is None or not is_expired(approval, now):
        return False
    return not timedelta() <= now.wall - claim.at < CHECKS_TAKE  # nor where the clock was set back meanwhile


def check_claimable(
    project: Project, approval: Approval | None, *, approval_id: str, plan_digest: str, now: Instant
) -> Approval:
    """The approval that `approval_id` may claim now.

    Raises ApprovalGoneError, ApprovalUsedError, ApprovalExpiredError, PlanChangedError, or what `check_may_go_on`
    raises, after which the question is open as before.
    """
    if approval is None or approval.id != approval_id:
        raise ApprovalGoneError
    if approval.claim is not None:
        raise ApprovalUsedError
    if is_expired(approval, now):
        raise ApprovalExpiredError
    document = current_document(project, approval, now)
    if document is None or not plan_digest == approval.plan_digest == digest_of(document):
        raise PlanChangedError
    if approval.kind == "deployment":
        check_may_go_on(project, now.wall)
    return approval
