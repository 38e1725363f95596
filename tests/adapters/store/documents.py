"""Changes of a project, and what a store says of it."""

from datetime import UTC, datetime, timedelta

from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.chain import AuditDraft, verify_chain
from sentinel.core.audit.findings import Finding, Severity
from sentinel.core.release.change import Change, note
from sentinel.core.release.lifecycle import begin, start_sprint
from sentinel.core.release.model import (
    Approval,
    Operation,
    OperationKind,
    Project,
    SprintRecord,
)
from sentinel.core.values.times import Instant

NOON = Instant(wall=datetime(2026, 11, 24, 12, tzinfo=UTC), boot_id="boot", boot_seconds=1000.0)
REGISTERED = AuditDraft("project.registered", "sentinel", "shop registered", {"root": "/srv/shop"})
SPRINT = SprintRecord(id="sprint-1", name="Autumn", started_at=NOON.wall)


class StoppedClock:
    """Noon, until it is set."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> Instant:
        return self.instant


def later(seconds: float) -> Instant:
    return Instant(
        wall=NOON.wall + timedelta(seconds=seconds), boot_id="boot", boot_seconds=NOON.boot_seconds + seconds
    )


def shop(id: str = "shop") -> Project:
    return Project(id=id, name="Shop", root="/srv/shop")


def named(project: Project, name: str) -> Change:
    """A change that can be recognised; the name is in the document and in the entry."""
    return note(project.model_copy(update={"name": name}), "project.named", "test", name)


def in_sprint(project: Project) -> Change:
    return start_sprint(project, SPRINT, "test")


def running(project: Project, *, fence: int = 1) -> Change:
    """A running operation; the project is in a sprint."""
    operation = Operation(
        id=f"op{fence}", kind=OperationKind.TESTS, fence=fence, arguments={}, requested_by="test", started=NOON
    )
    return begin(project, operation)


def asked(project: Project, *, expires: Instant) -> Change:
    """An open question."""
    approval = Approval(
        id="a1", kind="rollback", plan_digest="d", nonce="n", text="?", requested=NOON, expires_at=expires.wall
    )
    return note(project.model_copy(update={"rollback_approval": approval}), "approval.requested", "test", "asked")


def finding(fingerprint: str, *, session: str = SPRINT.id, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(
        fingerprint=fingerprint,
        session=session,
        severity=severity,
        rule="rule",
        message="message",
        source="test",
        found_at=NOON.wall,
    )


async def project_of(store: SqlStore, project_id: str = "shop") -> Project:
    snapshot = await store.load(project_id)
    assert snapshot is not None
    return snapshot.project


async def rename(store: SqlStore, name: str, project_id: str = "shop") -> None:
    async with store.transaction(project_id) as tx:
        tx.apply(named(tx.project, name))


async def summaries(store: SqlStore, project_id: str = "shop") -> list[str]:
    """What the history says, in its order."""
    return [entry.summary async for page in store.audit_history(project_id) for entry in page]


async def fault_of(store: SqlStore, project_id: str = "shop") -> str | None:
    """What is wrong with the chain, in words."""
    entries = [entry async for page in store.audit_history(project_id) for entry in page]
    fault = verify_chain(entries, await store.audit_head(project_id))
    return fault.problem if fault else None
