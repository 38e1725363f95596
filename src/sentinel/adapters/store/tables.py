"""The tables, the same on both databases, their upgrade, and the statements that differ between the databases.

Times are UTC microseconds since the epoch, documents are JSON text.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    null,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from sentinel.adapters.store.database import Connected, Database
from sentinel.core.audit.chain import AuditEntry, AuditHead
from sentinel.core.release.change import Snapshot, next_deadline
from sentinel.core.release.model import Project
from sentinel.errors.store import NewerStoreError

SCHEMA = "0004"
"""The newest migration; a store with one that is not known here was written by a newer Sentinel."""
CHANNEL = "sentinel_changes"
"""Where PostgreSQL is told the id of a project that changes; it is heard there once that is committed."""
_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x5E47_1E1E
"""PostgreSQL's advisory lock that only one daemon at a time upgrades under."""

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


async def upgrade(database: Database) -> None:
    """In one transaction. Raises NewerStoreError."""
    async with database.writing() as connection:
        if database.shared:
            await connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        await connection.run(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    found = _stored_schema(connection)
    if found == SCHEMA:
        return
    if found is not None and found > SCHEMA:
        raise NewerStoreError(found=found, known=SCHEMA)
    # Importing it takes a while, and there is seldom something to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS))
    command.upgrade(config, "head")


def _stored_schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def locking(connection: Connected, project_id: str) -> Select[*tuple[Any, ...]]:
    """The row of a project, which nobody else changes before this transaction ends; and `now`, as in `time`."""
    row = select(projects).where(projects.c.id == project_id)
    if not connection.shared:
        return row.add_columns(_now(connection))
    # Around the lock, not beside it: the time after the waiting is wanted.
    return select(row.with_for_update().subquery(), _now(connection))


def time(connection: Connected) -> Select[Any]:
    """The time of the server; None where there is none."""
    return select(_now(connection))


def adding(
    connection: Connected, snapshot: Snapshot, head: AuditHead, document: str
) -> ReturningInsert[*tuple[Any, ...]]:
    """Adds a project; returns a row if its id was free."""
    values = project_row(snapshot, head, document)
    if connection.shared:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a store in a file does not need it

        return postgresql.insert(projects).values(values).on_conflict_do_nothing().returning(_told(connection))
    return sqlite.insert(projects).values(values).on_conflict_do_nothing().returning(_told(connection))


def changing(
    connection: Connected, snapshot: Snapshot, head: AuditHead, document: str
) -> ReturningUpdate[*tuple[Any, ...]]:
    """Changes a project, in the one statement that also announces it."""
    mine = projects.c.id == snapshot.project.id
    return update(projects).where(mine).values(project_row(snapshot, head, document)).returning(_told(connection))


def _now(connection: Connected) -> ColumnElement[Any]:
    moment = func.clock_timestamp() if connection.shared else null()
    return type_coerce(moment, DateTime(timezone=True)).label("now")


def _told(connection: Connected) -> ColumnElement[Any]:
    return func.pg_notify(CHANNEL, projects.c.id) if connection.shared else projects.c.id
