"""What the store answers without changing anything, and the findings and tokens that a transaction changes."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue, ValidationError
from sqlalchemy import ColumnElement, Row, Select, Update, delete, func, insert, select, tuple_, update

from sentinel.adapters.store.database import Connected, Database, readable
from sentinel.adapters.store.tables import audit, findings, microseconds, notices, projects, samples, steps, tokens
from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditEntry, AuditHead, Moved, Stored, text_digest
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
from sentinel.core.release.model import Project
from sentinel.core.release.notices import StoredNotice
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.core.values.times import Instant

_FIRST_SEQUENCE, _LAST_POSITION = -(2**63), 2**63 - 1
_EPOCH = datetime.fromtimestamp(0, UTC)


class Records:
    """The queries, as the port `Store` describes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def projects(self, *, after: str, limit: int) -> tuple[Project, ...]:
        query = select(projects.c.document).where(projects.c.id > after).order_by(projects.c.id).limit(limit)
        rows = await self._rows(query)
        with self._readable("a project"):
            return tuple(Project.model_validate_json(row.document) for row in rows)

    async def projects_with_files(self) -> tuple[Project, ...]:
        """The database looks for them: there may be ten thousand others."""
        named = projects.c.document.contains('"env_file":"', autoescape=True)
        rows = await self._rows(select(projects.c.document).where(named))
        with self._readable("a project with a file of variables"):
            return tuple(Project.model_validate_json(row.document) for row in rows)

    async def on_other_servers(self, server: str) -> tuple[str, ...]:
        held = projects.c.document.contains(f'"server":{json.dumps(server)}', autoescape=True)
        return tuple(row.id for row in await self._rows(select(projects.c.id).where(~held).order_by(projects.c.id)))

    async def due(self, now: Instant) -> tuple[str, ...]:
        return tuple(row.id for row in await self._rows(due_query(now)))

    async def steps(self, operation_id: str) -> dict[str, JsonValue]:
        rows = await self._rows(select(steps.c.step, steps.c.result).where(steps.c.operation == operation_id))
        with self._readable(f"the journal of operation {operation_id}"):
            return {row.step: json.loads(row.result) for row in rows}

    async def samples(self, operation_id: str) -> tuple[dict[str, JsonValue], ...]:
        query = select(samples.c.sample).where(samples.c.operation == operation_id).order_by(samples.c.position)
        rows = await self._rows(query)
        with self._readable(f"the samples of operation {operation_id}"):
            return tuple(json.loads(row.sample) for row in rows)

    async def findings(self, project_id: str, *, session: str | None, open_only: bool) -> tuple[StoredFinding, ...]:
        query = select(findings.c.document).where(findings.c.project == project_id).order_by(findings.c.number)
        if session is not None:
            query = query.where(counts_in(session))
        if open_only:
            query = query.where(findings.c.open)
        rows = await self._rows(query)
        with self._readable(f"a finding of project {project_id}"):
            return tuple(StoredFinding.model_validate_json(row.document) for row in rows)

    async def notices(self) -> tuple[StoredNotice, ...]:
        rows = await self._rows(select(notices).order_by(notices.c.position))
        return tuple(StoredNotice(row.title, row.body, row.position, link=row.link) for row in rows)

    async def tokens(self, project_id: str) -> tuple[Token, ...]:
        rows = await self._rows(_tokens_of(project_id))
        return tuple(_token(self._database.place, row) for row in rows)

    async def token(self, digest: str) -> Token | None:
        rows = await self._rows(select(tokens).where(tokens.c.digest == digest))
        return _token(self._database.place, rows[0]) if rows else None

    async def audit_entries(
        self, project_id: str, *, after: int = 0, limit: int = AUDIT_PAGE
    ) -> tuple[AuditEntry, ...]:
        # No position comes after this one: it begins with the next sequence.
        query = entries_query(project_id, after=(after, _LAST_POSITION)).limit(limit)
        return tuple(_entry(project_id, row) for row in await self._rows(query))

    async def newest_audit_entries(
        self,
        project_id: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = AUDIT_PAGE,
        without: Sequence[str] = (),
    ) -> tuple[AuditEntry, ...]:
        query = newest_query(project_id, after=after, before=before, without=without)
        rows = await self._rows(query.limit(limit))
        return tuple(_entry(project_id, row) for row in reversed(rows))

    async def audit_history(self, project_id: str) -> AsyncIterator[tuple[AuditEntry, ...]]:
        last = (_FIRST_SEQUENCE, 0)
        while rows := await self._rows(entries_query(project_id, after=last).limit(AUDIT_PAGE)):
            yield tuple(_entry(project_id, row) for row in rows)
            last = (rows[-1].sequence, rows[-1].position)

    async def audit_head(self, project_id: str) -> AuditHead:
        query = select(projects.c.audit_sequence, projects.c.audit_digest).where(projects.c.id == project_id)
        rows = await self._rows(query)
        return AuditHead(sequence=rows[0].audit_sequence, digest=rows[0].audit_digest) if rows else AuditHead()

    async def stored(self, project_id: str) -> Stored | None:
        columns = (projects.c.audit_sequence, projects.c.audit_digest, projects.c.document)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*columns).where(projects.c.id == project_id))).one_or_none()
            found = findings_digest(await connection.execute(all_of(project_id)))
        if row is None:
            return None
        return Stored(AuditHead(sequence=row.audit_sequence, digest=row.audit_digest), text_digest(row.document), found)

    def _readable(self, what: str) -> AbstractContextManager[None]:
        return readable(self._database.place, what)

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()


def due_query(now: Instant) -> Select[*tuple[Any, ...]]:
    return select(projects.c.id).where(projects.c.wake_at <= microseconds(now.wall))


def entries_query(project_id: str, *, after: tuple[int, int]) -> Select[*tuple[Any, ...]]:
    """Entries in their order, from a place in it on: a sequence, and a position among those that claim to have it."""
    columns = (audit.c.sequence, audit.c.position)
    mine = (audit.c.project == project_id) & (tuple_(*columns) > after)
    return select(*columns, audit.c.entry).where(mine).order_by(*columns)


def newest_query(
    project_id: str, *, after: int, before: int | None, without: Sequence[str] = ()
) -> Select[*tuple[Any, ...]]:
    """Entries whose sequence is between the two, which are left out, the last one first.

    A kind is looked for as it is stored: in a text of the entry its quotes would be escaped.
    """
    between = (audit.c.project == project_id) & (audit.c.sequence > after)
    if before is not None:
        between &= audit.c.sequence < before
    for kind in without:
        between &= ~audit.c.entry.contains(f'"kind":"{kind}"', autoescape=True)
    columns = (audit.c.sequence, audit.c.position)
    return select(*columns, audit.c.entry).where(between).order_by(*(column.desc() for column in columns))


def _entry(project_id: str, row: Row[*tuple[Any, ...]]) -> AuditEntry:
    """The stored entry; where its text is damaged, an entry in its place that breaks the chain."""
    try:
        return AuditEntry.model_validate_json(row.entry)
    except ValidationError:
        return AuditEntry(
            project=project_id,
            sequence=row.sequence,
            at=_EPOCH,
            kind="unreadable",
            actor="",
            summary="the stored text is no entry",
            data={},
            previous="",
            digest="",
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
    """The findings of one project, within its transaction."""

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


def _tokens_of(project_id: str) -> Select[*tuple[Any, ...]]:
    return select(tokens).where(tokens.c.project == project_id).order_by(tokens.c.id)


def used(token: Token) -> Update:
    return update(tokens).where(tokens.c.id == token.id).values(used_on=token.used_on)


def _token(place: str, row: Row[*tuple[Any, ...]]) -> Token:
    with readable(place, f"token {row.id}"):
        return Token.model_validate_json(row.document).model_copy(update={"used_on": row.used_on})


class TokenRows:
    """The tokens of one project, within its transaction."""

    def __init__(self, connection: Connected, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id

    async def add(self, added: Token, digest: str) -> None:
        values = {"id": added.id, "project": self._project_id, "digest": digest, "document": added.model_dump_json()}
        await self._connection.execute(insert(tokens).values(values))

    async def remove(self, id: str) -> Token | None:
        """The removed one; None where the project has no such token."""
        row = (await self._connection.execute(_tokens_of(self._project_id).where(tokens.c.id == id))).one_or_none()
        if row is None:
            return None
        await self._connection.execute(delete(tokens).where(tokens.c.id == id))
        return _token(self._connection.place, row)
