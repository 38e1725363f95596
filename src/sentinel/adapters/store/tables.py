"""The tables, the same on both databases; times are UTC microseconds since the epoch, documents are JSON text."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, MetaData, Table, Text, UniqueConstraint

from sentinel.core.audit.chain import AuditEntry, AuditHead
from sentinel.core.release.change import Snapshot, next_deadline
from sentinel.core.release.model import Project

SCHEMA = "0004"
"""The newest migration; a store with one that is not known here was written by a newer Sentinel."""

metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    # When somebody has to look at it: 0 while an operation runs, NULL while there is nothing to wait for.
    Column("wake_at", BigInteger),
    Column("audit_sequence", BigInteger, nullable=False),
    Column("audit_digest", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("projects_wake_at", "wake_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("project", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("entry", Text, nullable=False),
    # Not unique: an entry that was slipped in must not stop the next one, it is found by `audit verify`.
    Index("audit_order", "project", "sequence", "position"),
)

steps = Table(
    "steps",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("result", Text, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("project", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("session", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("high", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("project", "session", "fingerprint"),
    Index("findings_open", "project", "session", "open"),
)

samples = Table(
    "samples",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("operation", Text, nullable=False),
    Column("sample", Text, nullable=False),
    Index("samples_operation", "operation", "position"),
)

notices = Table(
    "notices",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("link", Text, nullable=False, server_default=""),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("digest", Text, nullable=False),
    # Beside the document: it is written at a use, outside of the project's transactions.
    Column("used_on", Date),
    Column("document", Text, nullable=False),
    UniqueConstraint("digest"),
    Index("tokens_project", "project"),
)


def microseconds(moment: datetime) -> int:
    """`moment` as the tables hold it."""
    return int(moment.timestamp() * 1_000_000)


def project_row(snapshot: Snapshot, head: AuditHead, document: str) -> dict[str, object]:
    """`document` is the text of the snapshot's."""
    project = snapshot.project
    return {
        "id": project.id,
        "revision": snapshot.revision,
        "wake_at": _wake_at(project),
        "audit_sequence": head.sequence,
        "audit_digest": head.digest,
        "document": document,
    }


def _wake_at(project: Project) -> int | None:
    if project.operation is not None:
        return 0
    deadline = next_deadline(project)
    return microseconds(deadline) if deadline else None


def audit_row(entry: AuditEntry) -> dict[str, object]:
    return {"project": entry.project, "sequence": entry.sequence, "entry": entry.model_dump_json()}
