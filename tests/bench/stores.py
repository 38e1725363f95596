"""Stores that have grown: rows as the store writes them, with chains that hold, put there without the daemon."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, create_engine, insert, select, update
from sqlalchemy import event as events
from sqlalchemy.engine.interfaces import DBAPIConnection

from sentinel.adapters.store.tables import audit, audit_row, project_row, projects
from sentinel.core.audit.chain import AuditDraft, AuditEntry, AuditHead, seal
from sentinel.core.release.change import Snapshot
from sentinel.core.release.model import Project

OWN_ENTRIES = 1000
"""What the project has that is asked for, in every store."""
OTHER_ENTRIES = 100
"""What each of the others has."""
BATCH = 250
"""Projects whose chains one process seals at a time."""
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_DRAFTS = (
    AuditDraft("transition", "person:ada", "IDLE → ACTIVE: sprint started", {"sprint": "Autumn", "id": "5f1c9a3b7e"}),
    AuditDraft("operation.started", "agent:bench", "tests started", {"operation": "0c4d2f6a8b", "kind": "tests"}),
    AuditDraft("operation.ended", "sentinel", "The tests passed.", {"operation": "0c4d2f6a8b", "ok": True}),
    AuditDraft("transition", "person:ada", "ACTIVE → IDLE: sprint closed", {"sprint": "Autumn", "id": "5f1c9a3b7e"}),
)

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    projects: int
    entries: int

    def __str__(self) -> str:
        return f"{self.projects:,} project{'' if self.projects == 1 else 's'}, {self.entries:,} entries"


def grow(database: Path, others: int) -> Size:
    """Makes the one project of a stopped daemon's SQLite store one of `others` + 1, each with its history."""
    engine = create_engine(f"sqlite:///{database}")
    events.listen(engine, "connect", _hurry)
    with engine.begin() as connection, ProcessPoolExecutor(2) as sealing:
        _lengthen(connection)
        starts = range(0, others, BATCH)
        for documents, entries in sealing.map(_batch, starts, (min(others, start + BATCH) for start in starts)):
            connection.execute(insert(projects), documents)
            connection.execute(insert(audit), entries)
    engine.dispose()
    return Size(others + 1, OWN_ENTRIES + others * OTHER_ENTRIES)


def _hurry(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("synchronous=OFF", "journal_mode=MEMORY"):  # the daemon sets its own again
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _lengthen(connection: Connection) -> None:
    """The project that is there already, by people who did something."""
    row = connection.execute(select(projects)).one()
    head = AuditHead(sequence=row.audit_sequence, digest=row.audit_digest)
    entries = list(islice(_chain(row.id, head), OWN_ENTRIES - head.sequence))
    connection.execute(insert(audit), [audit_row(entry) for entry in entries])
    end = {"audit_sequence": entries[-1].sequence, "audit_digest": entries[-1].digest}
    connection.execute(update(projects).where(projects.c.id == row.id).values(end))


def _batch(start: int, stop: int) -> tuple[list[Row], list[Row]]:
    documents: list[Row] = []
    rows: list[Row] = []
    for number in range(start, stop):
        project = Project(id=f"service-{number:05}", name=f"Service {number}", root=f"/srv/service-{number:05}")
        entries = list(islice(_chain(project.id, AuditHead()), OTHER_ENTRIES))
        head = AuditHead(sequence=entries[-1].sequence, digest=entries[-1].digest)
        documents.append(project_row(Snapshot(project, len(entries)), head, project.model_dump_json()))
        rows += [audit_row(entry) for entry in entries]
    return documents, rows


def _chain(project: str, head: AuditHead) -> Iterator[AuditEntry]:
    """Entries that follow `head`, without end."""
    while True:
        at = _BEGIN + timedelta(minutes=head.sequence)
        entry = seal(_DRAFTS[head.sequence % len(_DRAFTS)], project=project, head=head, at=at)
        yield entry
        head = AuditHead(sequence=entry.sequence, digest=entry.digest)
