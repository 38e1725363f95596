"""The store: documents with their audit chain, journal, findings and samples (design 5)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Protocol

import anyio
from pydantic import JsonValue
from sqlalchemy import Select, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sentinel.adapters.store.connection import async_url, faults, new_engine
from sentinel.adapters.store.lease import LocalLeases, SessionLeases
from sentinel.adapters.store.publication import CHANNEL, Publication, Subscription, listen
from sentinel.adapters.store.schema import upgrade
from sentinel.adapters.store.tables import audit, findings, projects, samples, steps
from sentinel.adapters.store.transaction import StoreTransaction
from sentinel.core.audit import AuditDraft, AuditEntry, AuditHead, seal
from sentinel.core.findings import StoredFinding
from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.snapshot import Snapshot
from sentinel.errors.store import FencedError, UnknownProjectError


class Clock(Protocol):
    def now(self) -> Instant: ...


class SqlStore:
    """One class for both databases; what differs is named where it stands."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._shared = engine.dialect.name == "postgresql"
        self._cache: dict[str, Snapshot] = {}
        self._publication = Publication()
        self._leases = SessionLeases(engine.url) if self._shared else LocalLeases()
        self._writing = asyncio.Lock()
        self._listener: asyncio.Task[None] | None = None
        self._place = engine.url.render_as_string(hide_password=True)

    @classmethod
    async def open(cls, url: str, clock: Clock) -> "SqlStore":
        """Connects and migrates. Raises NewerStoreError, DamagedStoreError or StoreUnavailableError."""
        engine = new_engine(async_url(url))
        store = cls(engine, clock)
        with faults(store._place):
            await upgrade(engine)
        if store._shared:
            store._listener = asyncio.create_task(listen(engine.url, store._publication, store.project_ids))
        return store

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
        await self._engine.dispose()

    @property
    def description(self) -> str:
        return self._place

    async def create(self, project: Project, entry: AuditDraft) -> Snapshot:
        async with self._connected(writing=True) as connection:
            known = await self._read(connection, project.id)
            if known is not None:
                return known
            now = await self._now(connection)
            sealed = seal(entry, project=project.id, head=AuditHead(), at=now.wall)
            row = {"project": project.id, "sequence": sealed.sequence, "entry": sealed.model_dump_json()}
            await connection.execute(insert(audit), [row])
            values = {
                "id": project.id,
                "revision": 1,
                "busy": False,
                "audit_sequence": sealed.sequence,
                "audit_digest": sealed.digest,
                "document": project.model_dump_json(),
            }
            await connection.execute(insert(projects).values(values))
            return await self._commit(connection, Snapshot(project, 1))

    async def load(self, project_id: str) -> Snapshot | None:
        """From memory where only this process writes; else the revision is read first."""
        cached = self._cache.get(project_id)
        if cached is not None and not self._shared:
            return cached
        async with self._connected() as connection:
            if cached is not None:
                revision = select(projects.c.revision).where(projects.c.id == project_id)
                if (await connection.execute(revision)).scalar() == cached.revision:
                    return cached
            found = await self._read(connection, project_id)
        if found is not None:
            self._cache[project_id] = found
        return found

    async def project_ids(self) -> tuple[str, ...]:
        return tuple(str(row) for row in await self._column(select(projects.c.id).order_by(projects.c.id)))

    async def due(self, now: Instant) -> tuple[str, ...]:
        moment = int(now.wall.timestamp() * 1_000_000)
        due = or_(projects.c.busy, projects.c.wake_at <= moment)
        return tuple(str(row) for row in await self._column(select(projects.c.id).where(due)))

    @asynccontextmanager
    async def transaction(self, project_id: str, *, fence: int | None = None) -> AsyncIterator[StoreTransaction]:
        async with self._connected(writing=True) as connection:
            locked = select(projects).where(projects.c.id == project_id).with_for_update()
            row = (await connection.execute(locked)).mappings().one_or_none()
            if row is None:
                raise UnknownProjectError(project=project_id)
            before = self._parse(str(row["id"]), int(row["revision"]), str(row["document"]))
            operation = before.project.operation
            if fence is not None and (operation is None or operation.fence != fence):
                raise FencedError
            head = AuditHead(sequence=row["audit_sequence"], digest=row["audit_digest"])
            tx = StoreTransaction(connection, before, head, await self._now(connection))
            yield tx
            with anyio.CancelScope(shield=True):
                await self._commit(connection, await tx.write())

    async def steps(self, operation_id: str) -> dict[str, JsonValue]:
        query = select(steps.c.step, steps.c.result).where(steps.c.operation == operation_id)
        async with self._connected() as connection:
            return {str(step): json.loads(result) for step, result in await connection.execute(query)}

    async def samples(self, operation_id: str) -> tuple[dict[str, JsonValue], ...]:
        query = select(samples.c.sample).where(samples.c.operation == operation_id).order_by(samples.c.position)
        return tuple(json.loads(str(row)) for row in await self._column(query))

    async def findings(self, project_id: str, *, session: str | None, open_only: bool) -> tuple[StoredFinding, ...]:
        query = select(findings.c.document).where(findings.c.project == project_id).order_by(findings.c.number)
        if session is not None:
            query = query.where(findings.c.session == session)
        if open_only:
            query = query.where(findings.c.open)
        return tuple(StoredFinding.model_validate_json(str(row)) for row in await self._column(query))

    async def audit_entries(self, project_id: str, *, after: int = 0, limit: int = 1000) -> tuple[AuditEntry, ...]:
        mine = (audit.c.project == project_id) & (audit.c.sequence > after)
        return await self._entries(select(audit.c.entry).where(mine).order_by(audit.c.sequence).limit(limit))

    async def audit_page(self, project_id: str, *, position: int, limit: int) -> tuple[AuditEntry, ...]:
        mine = select(audit.c.entry).where(audit.c.project == project_id).order_by(audit.c.position)
        return await self._entries(mine.offset(position).limit(limit))

    async def audit_head(self, project_id: str) -> AuditHead:
        query = select(projects.c.audit_sequence, projects.c.audit_digest).where(projects.c.id == project_id)
        async with self._connected() as connection:
            row = (await connection.execute(query)).one_or_none()
        return AuditHead(sequence=row[0], digest=row[1]) if row else AuditHead()

    def changes(self) -> AbstractAsyncContextManager[Subscription]:
        return self._publication.subscribe()

    def lease(self, project_id: str) -> AbstractAsyncContextManager[bool]:
        return self._leases.lease(project_id)

    @asynccontextmanager
    async def _connected(self, *, writing: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction; one writer at a time on SQLite, which would only make the others wait for its lock."""
        with faults(self._place):
            async with (
                self._writing if writing and not self._shared else nullcontext(),
                self._engine.begin() as connection,
            ):
                yield connection

    async def _read(self, connection: AsyncConnection, project_id: str) -> Snapshot | None:
        query = select(projects.c.revision, projects.c.document).where(projects.c.id == project_id)
        row = (await connection.execute(query)).one_or_none()
        return self._parse(project_id, row[0], row[1]) if row else None

    def _parse(self, project_id: str, revision: int, document: str) -> Snapshot:
        cached = self._cache.get(project_id)
        if cached is not None and cached.revision == revision:
            return cached
        return Snapshot(Project.model_validate_json(document), revision)

    async def _now(self, connection: AsyncConnection) -> Instant:
        """The time of the database, where several hosts share it (design 5)."""
        now = self._clock.now()
        if not self._shared:
            return now
        seconds = (await connection.execute(select(func.extract("epoch", func.clock_timestamp())))).scalar_one()
        return now.model_copy(update={"wall": datetime.fromtimestamp(float(seconds), UTC)})

    async def _commit(self, connection: AsyncConnection, snapshot: Snapshot) -> Snapshot:
        """Commits, and only then remembers and tells; a cancelled caller must not come in between."""
        project_id = snapshot.project.id
        if self._shared:
            notify = text("SELECT pg_notify(:channel, :project)")
            await connection.execute(notify, {"channel": CHANNEL, "project": project_id})
        await connection.commit()
        self._cache[project_id] = snapshot
        self._publication.publish(project_id)
        return snapshot

    async def _column(self, query: Select[tuple[Any]]) -> list[object]:
        async with self._connected() as connection:
            return list((await connection.execute(query)).scalars())

    async def _entries(self, query: Select[tuple[Any]]) -> tuple[AuditEntry, ...]:
        async with self._connected() as connection:
            return tuple(AuditEntry.model_validate_json(row) for row in (await connection.execute(query)).scalars())
