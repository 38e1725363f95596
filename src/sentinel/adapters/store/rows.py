"""Values as rows of the tables."""

from sentinel.adapters.store.tables import microseconds
from sentinel.core.audit.chain import AuditEntry, AuditHead
from sentinel.core.release.model import Project
from sentinel.core.release.snapshot import Snapshot, next_deadline


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
