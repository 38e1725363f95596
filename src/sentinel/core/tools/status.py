"""`ReleaseStatus`, the one output model of every tool and of `sentinel status`."""

import hashlib
from typing import Literal

from pydantic import AwareDatetime

from sentinel.core.approval.question import rules_of
from sentinel.core.candidate.changelog import shorten
from sentinel.core.release.contents import Changes
from sentinel.core.release.model import (
    Approval,
    Artifact,
    BlockedBy,
    Deployed,
    Operation,
    Project,
    Release,
)
from sentinel.core.tools.catalog import Access, accesses
from sentinel.core.tools.locks import Lock
from sentinel.core.tools.next_steps import WAIT_SECONDS, last_word, next_steps, stands_well, state_sentence
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import Instant

Trust = Literal["advisory", "separated"]
SHOWN_ARTIFACTS = 20
"""More would push what matters out of what a client shows."""


class ArtifactStatus(Frozen):
    name: str
    sha256: str
    revision: str | None


NOTES_SHOWN = 400
"""Characters of a release's notes: a status is read often, and by models."""


class ReleaseView(Frozen):
    """The candidate, with its first artifacts and the first lines of its notes.

    `artifacts_sha256` is the digest of all artifacts: of the lines that `sha256sum` writes, sorted by name.
    """

    id: str
    type: str
    version: str
    commit: str
    tag: str
    soak_until: AwareDatetime | None
    changes: Changes
    artifact_count: int
    artifacts_sha256: str
    artifacts: tuple[ArtifactStatus, ...]
    notes: FreeText = ""


class ProductionView(Frozen):
    version: str
    commit: str
    deployed_at: AwareDatetime


class DeclaredView(Frozen):
    """Who declared it, and why."""

    reason: FreeText
    by: FreeText
    at: AwareDatetime


class LockedView(Frozen):
    tool: str
    target: str | None
    reason: FreeText
    unlocks_at: AwareDatetime | None
    remaining_seconds: int | None


class OperationView(Frozen):
    id: str
    kind: str
    status: str
    step: FreeText
    started_at: AwareDatetime


class ApprovalView(Frozen):
    """The open question. `required` people must sign it (0: a phrase is enough), and `signed` have done so."""

    id: str
    kind: str
    text: FreeText
    url: str | None
    expires_at: AwareDatetime
    required: int
    signed: tuple[str, ...]


class ReleaseStatus(Frozen):
    """What every tool answers, the most important first, because some clients cut off the end.

    Enums are open: expect values that this version does not know yet.
    """

    ok: bool
    state: str
    message: FreeText
    next: tuple[FreeText, ...]
    blocked_by: tuple[BlockedBy, ...]
    project: str | None
    trust: str
    sprint: FreeText | None
    hold: DeclaredView | None
    hotfix: DeclaredView | None
    operation: OperationView | None
    approval: ApprovalView | None
    locked: tuple[LockedView, ...]
    production: ProductionView | None
    release: ReleaseView | None


def status_of(
    project: Project,
    now: Instant,
    *,
    trust: Trust,
    ok: bool | None = None,
    message: str | None = None,
    blocked_by: tuple[BlockedBy, ...] | None = None,
    fix: str = "",
    wait: int = WAIT_SECONDS,
) -> ReleaseStatus:
    """The status at `now`.

    `ok` and `message` are those of an answer; without them the state decides. `fix` is what to do before the state's
    next step; `wait` is how long the reader waits at its next call.
    """
    last = last_word(project)
    return ReleaseStatus(
        ok=ok if ok is not None else stands_well(project),
        state=project.state,
        message=message if message is not None else state_sentence(project, now),
        next=(*([fix] if fix else []), *next_steps(project, now, wait=wait)),
        blocked_by=blocked_by if blocked_by is not None else last.blocked_by if last else (),
        project=project.name,
        trust=trust,
        sprint=project.sprint.name if project.sprint else None,
        hold=DeclaredView(**project.hold.model_dump()) if project.hold else None,
        hotfix=DeclaredView(**project.hotfix.model_dump()) if project.hotfix else None,
        operation=_operation(project.operation),
        approval=_approval(project),
        locked=tuple(_locked(row, row.lock) for row in accesses(project, now) if row.lock and row.lock.shown),
        production=_production(project.production),
        release=_release(project.release),
    )


def _release(release: Release | None) -> ReleaseView | None:
    if release is None:
        return None
    shown = release.artifacts[:SHOWN_ARTIFACTS]
    return ReleaseView(
        id=release.id,
        type=release.bump,
        version=release.version,
        commit=release.commit,
        tag=release.tag,
        soak_until=release.staged.soak.until if release.staged else None,
        changes=release.changes,
        artifact_count=len(release.artifacts),
        artifacts_sha256=_digest(release.artifacts),
        artifacts=tuple(ArtifactStatus(name=a.name, sha256=a.sha256, revision=a.revision) for a in shown),
        notes=shorten(release.notes, limit=NOTES_SHOWN),
    )


def _digest(artifacts: tuple[Artifact, ...]) -> str:
    lines = (f"{artifact.sha256}  {artifact.name}\n" for artifact in sorted(artifacts, key=lambda a: a.name))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _production(deployed: Deployed | None) -> ProductionView | None:
    if deployed is None:
        return None
    return ProductionView(version=deployed.version, commit=deployed.commit, deployed_at=deployed.deployed_at)


def _locked(row: Access, lock: Lock) -> LockedView:
    return LockedView(
        tool=row.tool,
        target=row.target,
        reason=lock.shown,
        unlocks_at=lock.unlocks_at,
        remaining_seconds=-int(-lock.remaining.total_seconds() // 1) if lock.remaining else None,
    )


def _operation(operation: Operation | None) -> OperationView | None:
    if operation is None:
        return None
    return OperationView(
        id=operation.id,
        kind=operation.kind,
        status="cancelling" if operation.cancel else "running",
        step=operation.step,
        started_at=operation.started.wall,
    )


def _approval(project: Project) -> ApprovalView | None:
    """The open question; a rollback's comes before a deployment's."""
    deployment = project.approval if project.approval and project.approval.claim is None else None
    approval: Approval | None = project.rollback_approval or deployment
    if approval is None:
        return None
    rules = rules_of(project, approval.kind)
    return ApprovalView(
        id=approval.id,
        kind=approval.kind,
        text=approval.text,
        url=None,
        expires_at=approval.expires_at,
        required=rules.required if rules.approvers is not None else 0,
        signed=tuple(signature.principal for signature in approval.signatures),
    )
