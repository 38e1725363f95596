"""A project as it was stored, and the next moment at which a clock alone changes it."""

from dataclasses import dataclass
from datetime import datetime

from sentinel.core.release.model import Project


def next_deadline(project: Project) -> datetime | None:
    """When the first open question of `project` expires."""
    asked = (project.approval, project.rollback_approval)
    return min((approval.expires_at for approval in asked if approval and approval.claim is None), default=None)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project, and the number of this version of it."""

    project: Project
    revision: int
