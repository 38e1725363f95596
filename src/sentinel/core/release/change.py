"""A project as it is stored, and a decided change of it with the audit entries that must be stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.release.invariants import broken_invariant
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import Event, decide
from sentinel.errors.release import InvariantBrokenError

_E, _K = Event, OperationKind

WORK = {
    _E.CANDIDATE_ACCEPTED: _K.PREPARE,
    _E.CANDIDATE_REFUSED: _K.PREPARE,
    _E.APPROVAL_REQUESTED: _K.PROMOTION,
}
"""Events that only a running operation brings about, in states that may be without one."""
ONWARD = frozenset(
    {
        _E.CANDIDATE_ACCEPTED,
        _E.STAGING_PASSED,
        _E.APPROVAL_REQUESTED,
        _E.DEPLOYMENT_STARTED,
        _E.DEPLOYMENT_PASSED,
        _E.VERIFICATION_PASSED,
    }
)
"""Events that lead a release on; an operation that is asked to end brings about none of them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project, and the number of its stored version."""

    project: Project
    revision: int


def next_deadline(project: Project) -> datetime | None:
    """When the first open question of `project` expires."""
    asked = (project.approval, project.rollback_approval)
    return min((approval.expires_at for approval in asked if approval and approval.claim is None), default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """What a project becomes and what the audit log says of it; never one without the other."""

    project: Project
    entries: tuple[AuditDraft, ...]


def note(project: Project, kind: str, actor: str, summary: str, **data: JsonValue) -> Change:
    """An entry about `project` that leaves its state as it is."""
    return Change(project, (AuditDraft(kind=kind, actor=actor, summary=summary, data=data),))


def update(
    project: Project, kind: str, actor: str, summary: str, fields: Mapping[str, object], **data: JsonValue
) -> Change:
    """A change of `fields` within the same state.

    Raises InvariantBrokenError when the result is a project that must not exist.
    """
    changed = project.model_copy(update=fields)
    if (invariant := broken_invariant(changed)) is not None:
        raise InvariantBrokenError(invariant=invariant)
    return note(changed, kind, actor, summary, **data)


def transition(
    project: Project, event: Event, actor: str, summary: str, fields: Mapping[str, object], **data: JsonValue
) -> Change:
    """The row of the table for `event`, with the `fields` that the new state needs.

    Raises IllegalTransitionError or InvariantBrokenError.
    """
    target = decide(project.state, event, sprint_open=project.sprint is not None)
    _require_worker(project, event)
    places: dict[str, JsonValue] = {"from": project.state.value, "on": event.value, "to": target.value}
    return update(project, "transition", actor, summary, {**fields, "state": target}, **{**places, **data})


def _require_worker(project: Project, event: Event) -> None:
    operation = project.operation
    if event in WORK and (operation is None or operation.kind is not WORK[event]):
        raise InvariantBrokenError(invariant=f"only a running {WORK[event]} operation brings about: {event}")
    if event in ONWARD and operation is not None and operation.cancel is not None:
        raise InvariantBrokenError(invariant="an operation that is asked to end goes no further")
