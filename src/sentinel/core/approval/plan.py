"""What a human says yes to (protocol 3.2): the text that is shown, and one document of the whole plan."""

import hashlib
from datetime import datetime

from pydantic import JsonValue

from sentinel.core.release.cause import Cause
from sentinel.core.release.model import (
    Approval,
    Artifact,
    Project,
    Release,
    RollbackPlan,
)
from sentinel.core.release.rollback import plan_rollback
from sentinel.core.values.canonical import canonical
from sentinel.core.values.instant import Instant
from sentinel.core.values.printable import printable

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
