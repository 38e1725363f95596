"""The findings of a project: stored once in their session, resolved once, and counted (protocol 1.1)."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, insert, select, update

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.faults import readable
from sentinel.adapters.store.tables import findings
from sentinel.core.findings import EVERY_SESSION, Finding, Resolution, Severity, StoredFinding


def counts_in(session: str) -> ColumnElement[bool]:
    """Those of the session itself, and those that count in every one."""
    return findings.c.session.in_((session, EVERY_SESSION))


class FindingRows:
    """Those of one project, within its transaction."""

    def __init__(self, connection: Connected, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id
        self._mine = findings.c.project == project_id

    async def add(self, found: Sequence[Finding]) -> list[Finding]:
        """Stores those that their session does not know, with the next numbers, and returns them."""
        added = await self._unknown(found)
        if added:
            highest = select(func.max(findings.c.number)).where(self._mine)
            first = ((await self._connection.execute(highest)).scalar() or 0) + 1
            rows = [self._row(number, finding) for number, finding in enumerate(added, first)]
            await self._connection.execute(insert(findings), rows)
        return added

    async def resolve(self, number: int, resolution: Resolution) -> StoredFinding | None:
        """None where there is no such open one."""
        one = self._mine & (findings.c.number == number) & findings.c.open
        document = (await self._connection.execute(select(findings.c.document).where(one))).scalar()
        if document is None:
            return None
        with readable(self._connection.place, f"finding {number} of project {self._project_id}"):
            stored = StoredFinding.model_validate_json(document)
        resolved = stored.model_copy(update={"resolution": resolution})
        values = {"open": False, "document": resolved.model_dump_json()}
        await self._connection.execute(update(findings).where(one).values(values))
        return resolved

    async def open_high(self, session: str) -> int:
        """How many unresolved high ones count in `session`."""
        counted = self._mine & counts_in(session) & findings.c.open & findings.c.high
        return (await self._connection.execute(select(func.count()).where(counted))).scalar() or 0

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
