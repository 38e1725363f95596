"""What the store answers without changing anything: journal, findings, samples and history."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue, ValidationError
from sqlalchemy import Row, Select, Update, delete, insert, select, tuple_, update

from sentinel.adapters.store.database import Connected, Database
from sentinel.adapters.store.faults import readable
from sentinel.adapters.store.finding_rows import all_of, counts_in, findings_digest
from sentinel.adapters.store.tables import audit, findings, microseconds, notices, projects, samples, steps, tokens
from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditEntry, AuditHead, Stored, text_digest
from sentinel.core.audit.findings import StoredFinding
from sentinel.core.release.model import Project
from sentinel.core.release.notices import StoredNotice
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.core.values.times import Instant

TokenQuery = Select[*tuple[Any, ...]]


def of_project(project_id: str) -> TokenQuery:
    return select(tokens).where(tokens.c.project == project_id).order_by(tokens.c.id)


def of_digest(digest: str) -> TokenQuery:
    return select(tokens).where(tokens.c.digest == digest)


def used(token: Token) -> Update:
    return update(tokens).where(tokens.c.id == token.id).values(used_on=token.used_on)


def token(place: str, row: Row[*tuple[Any, ...]]) -> Token:
    with readable(place, f"token {row.id}"):
        return Token.model_validate_json(row.document).model_copy(update={"used_on": row.used_on})


class TokenRows:
    """Those of one project, within its transaction."""

    def __init__(self, connection: Connected, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id

    async def add(self, added: Token, digest: str) -> None:
        values = {"id": added.id, "project": self._project_id, "digest": digest, "document": added.model_dump_json()}
        await self._connection.execute(insert(tokens).values(values))

    async def remove(self, id: str) -> Token | None:
        """The removed one; None where the project has no such token."""
        row = (await self._connection.execute(of_project(self._project_id).where(tokens.c.id == id))).one_or_none()
        if row is None:
            return None
        await self._connection.execute(delete(tokens).where(tokens.c.id == id))
        return token(self._connection.place, row)


"""Entries read at a time."""
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
        rows = await self._rows(of_project(project_id))
        return tuple(token(self._database.place, row) for row in rows)

    async def token(self, digest: str) -> Token | None:
        rows = await self._rows(of_digest(digest))
        return token(self._database.place, rows[0]) if rows else None

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
    """The stored entry; for text that is none any more, one in its place that no chain holds with."""
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
