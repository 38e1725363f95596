"""The findings of a project: stored once in their session, resolved once, and counted."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.faults import readable
from sentinel.adapters.store.tables import findings
from sentinel.core.audit.chain import Moved, text_digest
from sentinel.core.audit.findings import (
    EVERY_SESSION,
    Finding,
    Imported,
    Resolution,
    ScanReport,
    Severity,
    StoredFinding,
    is_gone,
    renewed,
)


def counts_in(session: str) -> ColumnElement[bool]:
    """Those of the session itself, and those that count in every one."""
    return findings.c.session.in_((session, EVERY_SESSION))


def all_of(project_id: str) -> Select[*tuple[Any, ...]]:
    """Every column of all findings of a project."""
    columns = (findings.c.number, findings.c.session, findings.c.fingerprint, findings.c.high, findings.c.open)
    mine = findings.c.project == project_id
    return select(*columns, findings.c.document).where(mine).order_by(findings.c.number)


def findings_digest(rows: Iterable[Row[*tuple[Any, ...]]]) -> str:
    """One digest of what `all_of` finds, the same on both databases."""
    return text_digest("\n".join(json.dumps([*row[:3], bool(row[3]), bool(row[4]), row[5]]) for row in rows))


class FindingRows:
    """Those of one project, within its transaction."""

    def __init__(self, connection: Connected, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id
        self._mine = findings.c.project == project_id
        self._before: str | None = None

    async def moved(self) -> Moved | None:
        """What was stored before this transaction, and what is now; None where it changed nothing."""
        return None if self._before is None else Moved(self._before, await self._digest())

    async def _remember(self) -> None:
        """Before the first change."""
        if self._before is None:
            self._before = await self._digest()

    async def _digest(self) -> str:
        return findings_digest(await self._connection.execute(all_of(self._project_id)))

    async def add(self, found: Sequence[Finding]) -> list[Finding]:
        """Stores those that their session does not know, with the next numbers, and returns them."""
        added = await self._unknown(found)
        if added:
            await self._remember()
            first = await self._highest() + 1
            rows = [self._row(number, finding) for number, finding in enumerate(added, first)]
            await self._connection.execute(insert(findings), rows)
        return added

    async def replace(self, report: ScanReport) -> Imported:
        """Stores what was found, renews what is known of it, and closes what the same scans have no more."""
        found = {finding.fingerprint: finding for finding in report.findings}
        known = await self._stored(report.session)
        raised, reopened, closed = [], [], []
        for stored in known:
            fingerprint = stored.finding.fingerprint
            if fingerprint in found:
                now = renewed(stored, found[fingerprint])
                if now.finding.severity is not stored.finding.severity:
                    raised.append(now.number)
                elif stored.resolution is not None and now.resolution is None:
                    reopened.append(now.number)
            elif is_gone(stored, found, report.scans):
                word = Resolution(by=report.by, reason="a newer scan has it no more", at=report.at, by_scan=True)
                now = stored.model_copy(update={"resolution": word})
                closed.append(now)
            else:
                continue
            if now != stored:
                await self._store(now)
        before = await self._highest()
        fingerprints = {one.finding.fingerprint for one in known}
        added = await self.add([one for one in report.findings if one.fingerprint not in fingerprints])
        new = tuple(range(before + 1, before + 1 + len(added)))
        return Imported(new=new, raised=tuple(raised), reopened=tuple(reopened), closed=tuple(closed))

    async def resolve(self, number: int, resolution: Resolution) -> StoredFinding | None:
        """None where there is no such open one."""
        one = self._mine & (findings.c.number == number) & findings.c.open
        document = (await self._connection.execute(select(findings.c.document).where(one))).scalar()
        if document is None:
            return None
        resolved = self._read(number, document).model_copy(update={"resolution": resolution})
        await self._store(resolved)
        return resolved

    async def open_high(self, session: str) -> int:
        """How many unresolved high ones count in `session`."""
        counted = self._mine & counts_in(session) & findings.c.open & findings.c.high
        return (await self._connection.execute(select(func.count()).where(counted))).scalar() or 0

    async def _highest(self) -> int:
        """The number of the newest finding, of whatever session."""
        newest = select(func.max(findings.c.number)).where(self._mine)
        return (await self._connection.execute(newest)).scalar() or 0

    async def _stored(self, session: str) -> list[StoredFinding]:
        """Those that count in the session, open or not."""
        chosen = self._mine & counts_in(session)
        rows = await self._connection.execute(
            select(findings.c.number, findings.c.document).where(chosen).order_by(findings.c.number)
        )
        return [self._read(row.number, row.document) for row in rows]

    def _read(self, number: int, document: str) -> StoredFinding:
        with readable(self._connection.place, f"finding {number} of project {self._project_id}"):
            return StoredFinding.model_validate_json(document)

    async def _store(self, stored: StoredFinding) -> None:
        """Writes what is known of a finding that is there already."""
        await self._remember()
        values = {
            "open": stored.resolution is None,
            "high": stored.finding.severity is Severity.HIGH,
            "document": stored.model_dump_json(),
        }
        one = self._mine & (findings.c.number == stored.number)
        await self._connection.execute(update(findings).where(one).values(values))

    async def _unknown(self, found: Sequence[Finding]) -> list[Finding]:
        """Each that its session does not know, once."""
        unknown: dict[tuple[str, str], Finding] = {}
        for finding in found:
            unknown.setdefault((finding.session, finding.fingerprint), finding)
        for session in {finding.session for finding in found}:
            known = select(findings.c.fingerprint).where(self._mine & (findings.c.session == session))
            for row in await self._connection.execute(known):
                unknown.pop((session, row.fingerprint), None)
        return list(unknown.values())

    def _row(self, number: int, finding: Finding) -> dict[str, object]:
        return {
            "project": self._project_id,
            "number": number,
            "session": finding.session,
            "fingerprint": finding.fingerprint,
            "high": finding.severity is Severity.HIGH,
            "open": True,
            "document": StoredFinding(number=number, finding=finding).model_dump_json(),
        }
