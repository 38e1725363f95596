"""A history as whoever can write to the store can make it: every digest anew, in a chain that holds."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

from sentinel.core.audit.chain import AuditDraft, AuditEntry, AuditHead, seal
from tests.protocol.installation import Installation


def rewrite(site: Installation, tamper: Callable[[list[AuditEntry]], list[AuditEntry]]) -> None:
    """Puts what `tamper` makes of the only project's history into the store, whose daemon does not run."""
    with closing(sqlite3.connect(site.home / "sentinel.db")) as database, database:
        _write(database, tamper(_rows(database)))


def chained_again(entries: list[AuditEntry]) -> list[AuditEntry]:
    """The same history with every digest made anew, as whoever can write to the store can do."""
    head, made = AuditHead(), list[AuditEntry]()
    for entry in entries:
        draft = AuditDraft(entry.kind, entry.actor, entry.summary, entry.data)
        made.append(seal(draft, project=entry.project, head=head, at=entry.at))
        head = AuditHead(sequence=made[-1].sequence, digest=made[-1].digest)
    return made


def _rows(database: sqlite3.Connection) -> list[AuditEntry]:
    found = database.execute("SELECT entry FROM audit ORDER BY sequence").fetchall()
    return [AuditEntry.model_validate_json(row[0]) for row in found]


def _write(database: sqlite3.Connection, entries: list[AuditEntry]) -> None:
    """Puts the whole history in place of what is stored, with the head that belongs to it."""
    project = entries[0].project
    database.execute("DELETE FROM audit")
    for entry in entries:
        database.execute(
            "INSERT INTO audit (project, sequence, entry) VALUES (?, ?, ?)",
            (project, entry.sequence, entry.model_dump_json()),
        )
    database.execute(
        "UPDATE projects SET audit_sequence = ?, audit_digest = ?", (entries[-1].sequence, entries[-1].digest)
    )
