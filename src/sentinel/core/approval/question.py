"""Approvals (protocol 3.2): a question to a human, bound to a digest of the whole plan, used once."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from sentinel.core.approval.plan import (
    current_document,
    deployment_document,
    deployment_text,
    digest_of,
    rollback_document,
    rollback_text,
)
from sentinel.core.approval.sshsig import ARMOR_LIMIT
from sentinel.core.policy.model import Channel
from sentinel.core.release.holding import check_may_go_on
from sentinel.core.release.model import (
    NOBODY,
    Approval,
    Project,
    Release,
    Requester,
    RollbackPlan,
)
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.instant import Instant
from sentinel.errors.approval import (
    ApprovalExpiredError,
    ApprovalGoneError,
    ApprovalUsedError,
    PlanChangedError,
)


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
