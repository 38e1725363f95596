"""The statements that the two databases need said differently."""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, func, null, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.tables import project_row, projects
from sentinel.core.audit.chain import AuditHead
from sentinel.core.release.change import Snapshot

CHANNEL = "sentinel_changes"
"""Where PostgreSQL is told the id of a project that changes; it is heard there once that is committed."""


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
