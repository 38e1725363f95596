"""One atomic change of one project: the document, its audit entries and what belongs to it, or nothing of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.records import FindingRows, TokenRows
from sentinel.adapters.store.tables import audit, audit_row, changing, notices, samples, steps
from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import STORED_KEY, AuditDraft, AuditHead, Moved, seal, text_digest
from sentinel.core.audit.findings import (
    Finding,
    Imported,
    Resolution,
    ScanReport,
    StoredFinding,
)
from sentinel.core.release.change import Change, Snapshot
from sentinel.core.release.change import update as change_of
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice
from sentinel.core.values.times import Instant
from sentinel.errors.release import InvariantBrokenError
from sentinel.errors.store import StepTwiceError


class StoreTransaction:
    """Collects changes; `write` stores them, just before the commit."""

    def __init__(self, connection: Connected, snapshot: Snapshot, head: AuditHead, now: Instant, *, found: str) -> None:
        """`found` is the text of the document as it is stored."""
        self._found = found
        self._connection = connection
        self._before = snapshot
        self._head = head
        self._now = now
        self._project = snapshot.project
        self._drafts: list[AuditDraft] = []
        self._findings = FindingRows(connection, self._project.id)
        self._tokens = TokenRows(connection, self._project.id)

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

    async def add_notice(self, notice: Notice) -> None:
        values = {"title": notice.title, "body": notice.body, "link": notice.link}
        await self._connection.execute(insert(notices).values(values))

    async def add_token(self, token: Token, digest: str) -> None:
        await self._tokens.add(token, digest)

    async def remove_token(self, id: str) -> Token | None:
        return await self._tokens.remove(id)

    async def add_findings(self, found: Sequence[Finding]) -> int:
        added = await self._findings.add(found)
        if added:
            rules: list[JsonValue] = [*sorted({finding.rule for finding in added})]
            summary = f"{len(added)} finding{'' if len(added) == 1 else 's'} recorded"
            self.apply(
                change_of(self._project, "finding.recorded", "sentinel", summary, await self._counted(), rules=rules)
            )
        return len(added)

    async def import_scan(self, report: ScanReport) -> Imported:
        imported = await self._findings.replace(report)
        counts = {
            "recorded": len(imported.new),
            "raised": len(imported.raised),
            "open again": len(imported.reopened),
            "closed": len(imported.closed),
        }
        if any(counts.values()):
            tools = ", ".join(sorted({scan.tool for scan in report.scans}))
            words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
            numbers: dict[str, JsonValue] = {
                "new": [*imported.new],
                "raised": [*imported.raised],
                "reopened": [*imported.reopened],
                "closed": [one.number for one in imported.closed],
            }
            summary = f"findings of {tools}: {words}"
            counted = await self._counted()
            self.apply(change_of(self._project, "finding.imported", report.by, summary, counted, **numbers))
        return imported

    async def resolve_finding(self, number: int, resolution: Resolution) -> StoredFinding | None:
        resolved = await self._findings.resolve(number, resolution)
        if resolved is not None:
            summary = f"finding {number} resolved: {resolution.reason}"
            counted = await self._counted()
            self.apply(change_of(self._project, "finding.resolved", resolution.by, summary, counted, number=number))
        return resolved

    async def _counted(self) -> dict[str, object]:
        """The document's field that says how many findings stand in the way of a release."""
        session = self._project.session
        return {"open_high_findings": await self._findings.open_high(session)}

    async def write(self) -> tuple[AuditHead, Snapshot]:
        """Stores what was collected; the head and the snapshot that the commit makes true."""
        if self._project is self._before.project and not self._drafts:
            return self._head, self._before
        self._require_entry()
        if self._project.session != self._before.project.session:
            self._project = self._project.model_copy(update=await self._counted())
        rows = []
        head = self._head
        document = self._project.model_dump_json()
        for draft in (*self._drafts[:-1], await self._bound(self._drafts[-1], document)):
            entry = seal(draft, project=self._project.id, head=head, at=self._now.wall)
            head = AuditHead(sequence=entry.sequence, digest=entry.digest)
            rows.append(audit_row(entry))
        await self._connection.execute(insert(audit), rows)
        snapshot = Snapshot(self._project, self._before.revision + 1)
        await self._connection.execute(changing(self._connection, snapshot, head, document))
        return head, snapshot

    async def _bound(self, draft: AuditDraft, document: str) -> AuditDraft:
        """The last entry names what was stored beside the chain, and what will be."""
        stored = {"document": Moved(text_digest(self._found), text_digest(document)).data()}
        if (moved := await self._findings.moved()) is not None:
            stored["findings"] = moved.data()
        return replace(draft, data={**draft.data, STORED_KEY: stored})

    def _require_entry(self) -> None:
        """No transition is without its audit entry, in the same transaction."""
        moved = self._project.state is not self._before.project.state
        if not self._drafts or (moved and not any(draft.kind == "transition" for draft in self._drafts)):
            raise InvariantBrokenError(invariant="no transition is without its audit entry")
