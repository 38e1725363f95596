"""The moments at which a clock alone makes a stored project change."""

from datetime import datetime

from sentinel.core.release.model import Project


def next_deadline(project: Project) -> datetime | None:
    """When the first open question of `project` expires."""
    asked = (project.approval, project.rollback_approval)
    return min((approval.expires_at for approval in asked if approval and approval.claim is None), default=None)
