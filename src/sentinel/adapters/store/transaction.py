"""One atomic change of one project: the document, its audit entries and what belongs to it, or nothing of it."""

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.faults import readable
from sentinel.adapters.store.rows import audit_row
from sentinel.adapters.store.statements import changing
from sentinel.adapters.store.tables import audit, findings, samples, steps
from sentinel.core.audit import AuditDraft, AuditHead, seal
from sentinel.core.change import Change
from sentinel.core.change import update as change_of
from sentinel.core.findings import Finding, Resolution, Severity, StoredFinding
from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.snapshot import Snapshot
from sentinel.errors.lifecycle import InvariantBrokenError
from sentinel.errors.store import StepTwiceError


class StoreTransaction:
    """Collects changes; `write` stores them, just before the commit."""

    def __init__(self, connection: Connected, snapshot: Snapshot, head: AuditHead, now: Instant) -> None:
        self._connection = connection
        self._before = snapshot
        self._head = head
        self._now = now
        self._project = snapshot.project
        self._drafts: list[AuditDraft] = []

    @property
    def project(self) -> Project:
        return self._project

    @property
    def now(self) -> Instant:
        return self._now

    def apply(self, change: Change) -> None:
        self._project = change.project
        self._drafts += change.entries

    async def record_step(self, operation_id: str, step: str, result: JsonValue) -> None:
        values = {"operation": operation_id, "step": step, "result": json.dumps(result)}
        try:
            await self._connection.execute(insert(steps).values(values))
        except IntegrityError:
            raise StepTwiceError(operation=operation_id, step=step) from None

    async def add_samples(self, operation_id: str, added: Sequence[Mapping[str, JsonValue]]) -> None:
        rows = [{"operation": operation_id, "sample": json.dumps(dict(sample))} for sample in added]
        if rows:
            await self._connection.execute(insert(samples), rows)

    async def add_findings(self, found: Sequence[Finding]) -> int:
        added = await self._unknown(found)
        if not added:
            return 0
        mine = findings.c.project == self._project.id
        last = (await self._connection.execute(select(func.max(findings.c.number)).where(mine))).scalar() or 0
        rows = [self._finding_row(number, finding) for number, finding in enumerate(added, last + 1)]
        await self._connection.execute(insert(findings), rows)
        rules: list[JsonValue] = [*sorted({finding.rule for finding in added})]
        fields = {"open_high_findings": await self._open_high()}
        summary = f"{len(added)} finding{'' if len(added) == 1 else 's'} recorded"
        self.apply(change_of(self._project, "finding.recorded", "sentinel", summary, fields, rules=rules))
        return len(added)

    async def _unknown(self, found: Sequence[Finding]) -> list[Finding]:
        """Each that its session does not know, once."""
        unknown: dict[tuple[str, str], Finding] = {}
        for finding in found:
            unknown.setdefault((finding.session, finding.fingerprint), finding)
        for session in {finding.session for finding in found}:
            same = (findings.c.project == self._project.id) & (findings.c.session == session)
            for row in await self._connection.execute(select(findings.c.fingerprint).where(same)):
                unknown.pop((session, row.fingerprint), None)
        return list(unknown.values())

    def _finding_row(self, number: int, finding: Finding) -> dict[str, object]:
        return {
            "project": self._project.id,
            "number": number,
            "session": finding.session,
            "fingerprint": finding.fingerprint,
            "high": finding.severity is Severity.HIGH,
            "open": True,
            "document": StoredFinding(number=number, finding=finding).model_dump_json(),
        }

    async def resolve_finding(self, number: int, resolution: Resolution) -> StoredFinding | None:
        one = (findings.c.project == self._project.id) & (findings.c.number == number) & findings.c.open
        document = (await self._connection.execute(select(findings.c.document).where(one))).scalar()
        if document is None:
            return None
        with readable(self._connection.place, f"finding {number} of project {self._project.id}"):
            stored = StoredFinding.model_validate_json(document)
        resolved = stored.model_copy(update={"resolution": resolution})
        values = {"open": False, "document": resolved.model_dump_json()}
        await self._connection.execute(update(findings).where(one).values(values))
        fields = {"open_high_findings": await self._open_high()}
        summary = f"finding {number} resolved: {resolution.reason}"
        self.apply(change_of(self._project, "finding.resolved", resolution.by, summary, fields, number=number))
        return resolved

    async def _open_high(self) -> int:
        """Unresolved high findings of the project's session."""
        session = self._project.sprint.id if self._project.sprint else ""
        mine = (findings.c.project == self._project.id) & (findings.c.session == session)
        counted = select(func.count()).where(mine & findings.c.open & findings.c.high)
        return (await self._connection.execute(counted)).scalar() or 0

    async def write(self) -> tuple[AuditHead, Snapshot]:
        """Stores what was collected; the head and the snapshot that the commit makes true."""
        if self._project is self._before.project and not self._drafts:
            return self._head, self._before
        self._require_entry()
        rows = []
        head = self._head
        for draft in self._drafts:
            entry = seal(draft, project=self._project.id, head=head, at=self._now.wall)
            head = AuditHead(sequence=entry.sequence, digest=entry.digest)
            rows.append(audit_row(entry))
        await self._connection.execute(insert(audit), rows)
        snapshot = Snapshot(self._project, self._before.revision + 1)
        await self._connection.execute(changing(self._connection, snapshot, head))
        return head, snapshot

    def _require_entry(self) -> None:
        """No transition is without its audit entry, in the same transaction (design 4)."""
        moved = self._project.state is not self._before.project.state
        if not self._drafts or (moved and not any(draft.kind == "transition" for draft in self._drafts)):
            raise InvariantBrokenError(invariant="no transition is without its audit entry")
