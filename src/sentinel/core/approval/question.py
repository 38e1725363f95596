"""Approvals: a question to a person, bound to a digest of the whole plan, used once."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, JsonValue

from sentinel.core.approval.sshsig import ARMOR_LIMIT
from sentinel.core.policy.model import Channel
from sentinel.core.release.holding import check_may_go_on
from sentinel.core.release.model import NOBODY, Approval, Artifact, Project, Release, Requester, RollbackPlan
from sentinel.core.release.rollback import plan_rollback
from sentinel.core.release.states import Cause
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.instant import Instant
from sentinel.core.values.printable import printable
from sentinel.errors.approval import ApprovalExpiredError, ApprovalGoneError, ApprovalUsedError, PlanChangedError

DEPLOY_PHRASE = "DEPLOY-NOW"
ROLLBACK_PHRASE = "ROLLBACK-NOW"
PHRASES = {"deployment": DEPLOY_PHRASE, "rollback": ROLLBACK_PHRASE}


def deployment_text(release: Release) -> str:
    """The block of protocol 3.2, exactly; all of it comes from git."""
    return (
        "[SENTINEL DEFCON 1]\n"
        "target: PRODUCTION\n"
        f"version: {printable(release.tag)}\n"
        f"changes: {release.changes}\n"
        f"CONFIRM DEPLOYMENT? (Type '{DEPLOY_PHRASE}' to confirm):"
    )


def rollback_text(plan: RollbackPlan) -> str:
    target = plan.target.tag if plan.target else "nothing"
    return (
        "[SENTINEL DEFCON 1]\n"
        "target: PRODUCTION\n"
        f"rollback: {printable(plan.leaving.tag)} -> {printable(target)}\n"
        f"CONFIRM ROLLBACK? (Type '{ROLLBACK_PHRASE}' to confirm):"
    )


def deployment_document(project: Project, release: Release, *, nonce: str, expires_at: datetime) -> bytes:
    """The canonical plan of a deployment: what a human says yes to, and nothing else."""
    return canonical(
        {
            "project": project.id,
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
            "text": deployment_text(release),
            "nonce": nonce,
            "expires_at": expires_at.isoformat(),
            **_exceptions(release),
        }
    )


def _exceptions(release: Release) -> dict[str, JsonValue]:
    """What people have decided for this release alone; a plan of an earlier version has no such keys."""
    given = {"hotfix": release.hotfix, "outside_window": release.outside}
    return {key: {"reason": one.reason, "by": one.by} for key, one in given.items() if one is not None}


def rollback_document(project: Project, plan: RollbackPlan, *, nonce: str, expires_at: datetime) -> bytes:
    """The canonical plan of a rollback."""
    target = plan.target
    return canonical(
        {
            "project": project.id,
            "target": "rollback",
            "leaving": [plan.leaving.tag, plan.leaving.commit],
            "back_to": [target.tag, target.commit, _digests(target.artifacts)] if target else None,
            "text": rollback_text(plan),
            "nonce": nonce,
            "expires_at": expires_at.isoformat(),
        }
    )


def current_document(project: Project, approval: Approval, now: Instant) -> bytes | None:
    """The plan that a yes to `approval` would set off now; None where that is nothing."""
    if approval.kind == "deployment":
        if project.release is None:
            return None
        return deployment_document(project, project.release, nonce=approval.nonce, expires_at=approval.expires_at)
    plan = plan_rollback(project, reason="", cause=Cause.AGENT, now=now.wall)
    if plan is None or project.asked_rollback is None:
        return None
    return rollback_document(project, plan, nonce=approval.nonce, expires_at=approval.expires_at)


def digest_of(document: bytes) -> str:
    """SHA-256 of a plan's document: what an approval is bound to."""
    return hashlib.sha256(document).hexdigest()


def _digests(artifacts: tuple[Artifact, ...]) -> JsonValue:
    return {artifact.name: artifact.sha256 for artifact in artifacts}


class ApprovalAnswer(Frozen):
    """An answer to a question: the phrase that was typed, where, and an SSH signature of the plan."""

    approval_id: str
    plan_digest: str
    phrase: str
    channel: Channel
    signature: Annotated[str, Field(max_length=ARMOR_LIMIT)] | None = None


CHECKS_TAKE = timedelta(minutes=5)


def ask_deployment(
    project: Project,
    release: Release,
    *,
    id: str,
    nonce: str,
    now: Instant,
    requester: Requester = NOBODY,
    asked_by: str = "",
) -> Approval:
    """The question for `release`; it expires as its policy says."""
    expires_at = now.wall + release.policy.production.approval.expires
    return Approval(
        id=id,
        kind="deployment",
        plan_digest=digest_of(deployment_document(project, release, nonce=nonce, expires_at=expires_at)),
        nonce=nonce,
        text=deployment_text(release),
        requested=now,
        expires_at=expires_at,
        requester=requester,
        asked_by=asked_by,
    )


def ask_rollback(
    project: Project,
    plan: RollbackPlan,
    *,
    id: str,
    nonce: str,
    now: Instant,
    expires: timedelta,
    requester: Requester = NOBODY,
    asked_by: str = "",
) -> Approval:
    """The question for an agent's rollback outside a running deployment."""
    expires_at = now.wall + expires
    return Approval(
        id=id,
        kind="rollback",
        plan_digest=digest_of(rollback_document(project, plan, nonce=nonce, expires_at=expires_at)),
        nonce=nonce,
        text=rollback_text(plan),
        requested=now,
        expires_at=expires_at,
        requester=requester,
        asked_by=asked_by,
    )


def is_expired(approval: Approval, now: Instant) -> bool:
    """By whichever clock says so first: a wall clock set back does not keep a question open."""
    length = approval.expires_at - approval.requested.wall
    same_boot = approval.requested.boot_id == now.boot_id
    by_boot = same_boot and now.boot_seconds - approval.requested.boot_seconds >= length.total_seconds()
    return by_boot or now.wall >= approval.expires_at


def is_stale(approval: Approval, now: Instant) -> bool:
    """Whether a claim was left unused until its question expired, as where the daemon was down in between.

    The last checks take a moment, so a claim shortly before the end counts for as long as they may take.
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
    if plan_digest != approval.plan_digest or plan_digest != _current_digest(project, approval, now):
        raise PlanChangedError
    if approval.kind == "deployment":
        check_may_go_on(project, now.wall)
    return approval


def _current_digest(project: Project, approval: Approval, now: Instant) -> str | None:
    document = current_document(project, approval, now)
    return digest_of(document) if document is not None else None
