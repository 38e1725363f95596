"""A hotfix: a patch that a person has declared urgent.

It soaks for a shorter time, and is reviewed before the next minor release.
"""

from datetime import timedelta

from sentinel.core.audit.findings import StoredFinding
from sentinel.core.policy.model import Policy
from sentinel.core.release.change import Change, update
from sentinel.core.release.model import Hotfix, OperationKind, Project, Release
from sentinel.core.release.states import State
from sentinel.errors.release import InvariantBrokenError

REVIEW = "hotfix-review"
"""The rule of the finding that requires the review of a hotfix."""


def can_change(project: Project) -> bool:
    """Whether a hotfix may be opened or ended: only before a candidate is prepared."""
    preparing = project.operation is not None and project.operation.kind is OperationKind.PREPARE
    return project.state in (State.IDLE, State.ACTIVE) and not preparing


def open_hotfix(project: Project, hotfix: Hotfix) -> Change:
    _require_changeable(project)
    if project.hotfix is not None:
        raise InvariantBrokenError(invariant="one hotfix is open at a time")
    return update(project, "hotfix.opened", hotfix.by, f"hotfix opened: {hotfix.reason}", {"hotfix": hotfix})


def end_hotfix(project: Project, by: str) -> Change:
    _require_changeable(project)
    if project.hotfix is None:
        raise InvariantBrokenError(invariant="only a hotfix that is open is ended")
    return update(project, "hotfix.ended", by, f"hotfix ended: {project.hotfix.reason}", {"hotfix": None})


def _require_changeable(project: Project) -> None:
    if not can_change(project):
        raise InvariantBrokenError(invariant="a hotfix is opened and ended before a candidate is prepared")


def soak_length(release: Release) -> timedelta:
    return soak_of(release.policy, hotfix=release.hotfix is not None)


def soak_of(policy: Policy, *, hotfix: bool) -> timedelta:
    """How long a release soaks; a hotfix as long as `[hotfix]` says."""
    return policy.hotfix.soak if hotfix and policy.hotfix is not None else policy.staging.soak


def review_message(release: Release, hotfix: Hotfix) -> str:
    """The message of the finding that requires the review."""
    return f"The hotfix {release.tag} went to production after a short soak. {hotfix.by} opened it: {hotfix.reason}"


def is_review(found: StoredFinding) -> bool:
    """Whether `found` asks for the review of a hotfix."""
    return found.finding.rule == REVIEW and found.finding.source == "sentinel"
