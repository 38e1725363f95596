"""The store: documents with their audit chain, journal, findings and samples."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Row, Select, delete, insert, select

from sentinel.adapters.store.database import Connected, Database, read_address, readable, to_the_end
from sentinel.adapters.store.lock import LocalLeases
from sentinel.adapters.store.publication import Publication, Subscription
from sentinel.adapters.store.records import Records, used
from sentinel.adapters.store.tables import (
    adding,
    audit,
    audit_row,
    locking,
    notices,
    projects,
    samples,
    steps,
    time,
    upgrade,
)
from sentinel.adapters.store.transaction import StoreTransaction
from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditDraft, AuditHead, seal
from sentinel.core.release.change import Snapshot
from sentinel.core.release.model import Project
from sentinel.core.values.times import Instant
from sentinel.errors.store import FencedError, UnknownProjectError

KEPT = 1000
"""Projects that are remembered, those asked for last; a document with its lineage is some 100 KB at most."""


class KnownSnapshots:
    """The newest snapshot seen of a project. The digest of its last audit entry tells it from every other one."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Snapshot]] = {}
        self.turn = 0
        """Grows whenever a writer has said something, so that a reader knows that it was overtaken."""

    def newest(self, project_id: str) -> Snapshot | None:
        known = self._known.pop(project_id, None)
        if known is None:
            return None
        self._known[project_id] = known
        return known[1]

    def at(self, project_id: str, digest: str | None) -> Snapshot | None:
        """The snapshot with that digest: also after a database was restored, whose revisions begin again."""
        known = self._known.get(project_id)
        return known[1] if known and known[0] == digest else None

    def written(self, digest: str, snapshot: Snapshot) -> None:
        """What has just been committed is the newest, whatever was known."""
        self.turn += 1
        self._keep(digest, snapshot)

    def read(self, digest: str, snapshot: Snapshot, *, turn: int) -> None:
        """What a reader found that began in that turn: no writer since then may be put back by it."""
        if turn == self.turn:
            self._keep(digest, snapshot)

    def forget(self, project_id: str) -> None:
        """A writer does not know what has become of its commit."""
        self.turn += 1
        self._known.pop(project_id, None)

    def _keep(self, digest: str, snapshot: Snapshot) -> None:
        self._known[snapshot.project.id] = (digest, snapshot)
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]


class Peers(Protocol):
    """Who has which project, and what they tell of their changes."""

    def lease(self, project_id: str) -> AbstractAsyncContextManager[bool]: ...

    async def server(self) -> str | None:
        """Which database server they share. Raises StoreUnavailableError."""
        ...

    async def start(self) -> None:
        """Listens to them. Raises StoreUnavailableError."""
        ...

    async def close(self) -> None:
        """Gives up every lease."""
        ...


class Clock(Protocol):
    def now(self) -> Instant: ...


class SqlStore(Records):
    """One class for both databases; what differs is named where it stands."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock
        self._known = KnownSnapshots()
        self._publication = Publication()
        self._peers: Peers = self._replicas() if database.shared else LocalLeases()

    @classmethod
    async def open(cls, url: str, clock: Clock) -> "SqlStore":
        """Connects and migrates.

        Raises StoreAddressError, NewerStoreError, DamagedStoreError or StoreUnavailableError.
        """
        database = Database(read_address(url))
        store = cls(database, clock)
        try:
            await upgrade(database)
            await store._peers.start()
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Whoever still holds a lease of PostgreSQL's is cancelled."""
        await to_the_end(self._close())

    async def _close(self) -> None:
        await self._peers.close()
        await self._database.close()

    @property
    def description(self) -> str:
        return self._database.place

    async def server(self) -> str | None:
        return await self._peers.server()

    async def create(self, project: Project, entry: AuditDraft) -> Snapshot:
        async with self._database.writing() as connection:
            now = self._instant((await connection.execute(time(connection))).scalar())
            document = project.model_dump_json()
            sealed = seal(entry, project=project.id, head=AuditHead(), at=now.wall)
            head = AuditHead(sequence=sealed.sequence, digest=sealed.digest)
            snapshot = Snapshot(project, 1)
            if (await connection.execute(adding(connection, snapshot, head, document))).first() is None:
                # Another one was there first, and is committed by now.
                return self._snapshot((await connection.execute(_stored(project.id))).one())
            await connection.execute(insert(audit), [audit_row(sealed)])
            await to_the_end(self._commit(connection, head, snapshot))
            return snapshot

    async def load(self, project_id: str) -> Snapshot | None:
        """From memory where only this process writes; else it is asked first whether that is still the newest."""
        known = self._known.newest(project_id)
        if known is not None and not self._database.shared:
            return known
        turn = self._known.turn
        async with self._database.reading() as connection:
            if known is not None:
                digest = select(projects.c.audit_digest).where(projects.c.id == project_id)
                if self._known.at(project_id, (await connection.execute(digest)).scalar()) is known:
                    return known
            row = (await connection.execute(_stored(project_id))).one_or_none()
        if row is None:
            return None
        found = self._snapshot(row)
        self._known.read(row.audit_digest, found, turn=turn)
        return found

    @asynccontextmanager
    async def transaction(self, project_id: str, *, fence: int | None = None) -> AsyncIterator[StoreTransaction]:
        async with self._database.writing() as connection:
            row = (await connection.execute(locking(connection, project_id))).one_or_none()
            if row is None:
                raise UnknownProjectError(project=project_id)
            before = self._snapshot(row)
            operation = before.project.operation
            if fence is not None and (operation is None or operation.fence != fence):
                raise FencedError
            head = AuditHead(sequence=row.audit_sequence, digest=row.audit_digest)
            tx = StoreTransaction(connection, before, head, self._instant(row.now), found=row.document)
            yield tx
            head, after = await tx.write()
            await to_the_end(self._commit(connection, head, after, changed=after is not before))

    async def forget_operations(self, operation_ids: Sequence[str]) -> None:
        async with self._database.writing() as connection:
            for table in (steps, samples):
                await connection.execute(delete(table).where(table.c.operation.in_(operation_ids)))
            await connection.commit()

    async def forget_notices(self, positions: Sequence[int]) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(notices).where(notices.c.position.in_(positions)))
            await connection.commit()

    async def use_token(self, token: Token) -> None:
        async with self._database.writing() as connection:
            await connection.execute(used(token))
            await connection.commit()

    def changes(self) -> AbstractAsyncContextManager[Subscription]:
        return self._publication.subscribe()

    def lease(self, project_id: str) -> AbstractAsyncContextManager[bool]:
        return self._peers.lease(project_id)

    def _replicas(self) -> Peers:
        # Loads psycopg, which takes time and memory that a store in a file does not need.
        from sentinel.adapters.store.replicas import Replicas  # noqa: PLC0415

        return Replicas(self._database, self._publication)

    async def _commit(
        self, connection: Connected, head: AuditHead, snapshot: Snapshot, *, changed: bool = True
    ) -> None:
        """Commits, and only then remembers and tells; on PostgreSQL the server tells."""
        try:
            await connection.commit()
        except BaseException:
            self._known.forget(snapshot.project.id)
            raise
        self._known.written(head.digest, snapshot)
        if changed and not self._database.shared:
            self._publication.publish(snapshot.project.id)

    def _snapshot(self, row: Row[*tuple[Any, ...]]) -> Snapshot:
        known = self._known.at(row.id, row.audit_digest)
        if known is not None:
            return known
        with readable(self._database.place, f"the document of project {row.id}"):
            return Snapshot(Project.model_validate_json(row.document), row.revision)

    def _instant(self, moment: datetime | None) -> Instant:
        """The time of the database, where several hosts share it."""
        now = self._clock.now()
        return now.model_copy(update={"wall": moment.astimezone(UTC)}) if moment else now


def _stored(project_id: str) -> Select[*tuple[Any, ...]]:
    return select(projects).where(projects.c.id == project_id)
