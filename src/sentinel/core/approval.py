"""Approvals (protocol 3.2, design 6): a question to a human, bound to a digest of the whole plan, used once."""

import hashlib
from datetime import datetime, timedelta

from pydantic import JsonValue

from sentinel.core.audit import canonical
from sentinel.core.instant import Instant
from sentinel.core.printable import printable
from sentinel.core.release import Approval, Artifact, Project, Release, RollbackPlan
from sentinel.core.rollback import plan_rollback
from sentinel.errors.approval import (
    ApprovalExpiredError,
    ApprovalGoneError,
    ApprovalUsedError,
    PlanChangedError,
)

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


def ask_deployment(project: Project, release: Release, *, id: str, nonce: str, now: Instant) -> Approval:
    """The question for `release`; it expires as its policy says."""
    expires_at = now.wall + release.policy.production.approval.expires
    return Approval(
        id=id,
        kind="deployment",
        plan_digest=deployment_digest(project, release, nonce=nonce, expires_at=expires_at),
        nonce=nonce,
        text=deployment_text(release),
        requested=now,
        expires_at=expires_at,
    )


def ask_rollback(
    project: Project,
    plan: RollbackPlan,
    *,
    id: str,
    nonce: str,
    now: Instant,
    expires: timedelta,
) -> Approval:
    """The question for an agent's rollback outside a running deployment."""
    expires_at = now.wall + expires
    return Approval(
        id=id,
        kind="rollback",
        plan_digest=rollback_digest(project, plan, nonce=nonce, expires_at=expires_at),
        nonce=nonce,
        text=rollback_text(plan),
        requested=now,
        expires_at=expires_at,
    )


def deployment_digest(project: Project, release: Release, *, nonce: str, expires_at: datetime) -> str:
    """SHA-256 of the canonical plan: what a human says yes to, and nothing else."""
    return _digest(
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
            "nonce": nonce,
            "expires_at": expires_at.isoformat(),
        }
    )


def rollback_digest(project: Project, plan: RollbackPlan, *, nonce: str, expires_at: datetime) -> str:
    target = plan.target
    return _digest(
        {
            "project": project.id,
            "target": "rollback",
            "leaving": [plan.leaving.tag, plan.leaving.commit],
            "back_to": [target.tag, target.commit, _digests(target.artifacts)] if target else None,
            "nonce": nonce,
            "expires_at": expires_at.isoformat(),
        }
    )


def is_expired(approval: Approval, now: Instant) -> bool:
    """By whichever clock says so first: a wall clock set back does not keep a question open."""
    length = approval.expires_at - approval.requested.wall
    same_boot = approval.requested.boot_id == now.boot_id
    by_boot = same_boot and now.boot_seconds - approval.requested.boot_seconds >= length.total_seconds()
    return by_boot or now.wall >= approval.expires_at


def check_claimable(
    project: Project, approval: Approval | None, *, approval_id: str, plan_digest: str, now: Instant
) -> Approval:
    """The approval that `approval_id` may claim now.

    Raises ApprovalGoneError, ApprovalUsedError, ApprovalExpiredError or PlanChangedError.
    """
    if approval is None or approval.id != approval_id:
        raise ApprovalGoneError
    if approval.claim is not None:
        raise ApprovalUsedError
    if is_expired(approval, now):
        raise ApprovalExpiredError
    if plan_digest != approval.plan_digest or approval.plan_digest != _current_digest(project, approval, now):
        raise PlanChangedError
    return approval


def _current_digest(project: Project, approval: Approval, now: Instant) -> str | None:
    """The digest of what a yes would set off now; None where that is nothing."""
    if approval.kind == "deployment":
        if project.release is None:
            return None
        return deployment_digest(project, project.release, nonce=approval.nonce, expires_at=approval.expires_at)
    plan = plan_rollback(project, reason="", origin="agent", now=now.wall)
    if plan is None or project.asked_rollback is None:
        return None
    return rollback_digest(project, plan, nonce=approval.nonce, expires_at=approval.expires_at)


def _digests(artifacts: tuple[Artifact, ...]) -> JsonValue:
    return {artifact.name: artifact.sha256 for artifact in artifacts}


def _digest(plan: JsonValue) -> str:
    return hashlib.sha256(canonical(plan)).hexdigest()
