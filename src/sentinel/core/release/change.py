"""A stored project, and a decided change of it with the audit entries that are stored together with it."""

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
"""Events that require a running operation of this kind, in states that may be without one."""
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
"""Events that bring a release closer to production. An operation that is being cancelled causes none of them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project and its stored revision."""

    project: Project
    revision: int


def next_deadline(project: Project) -> datetime | None:
    """When the first open question of `project` expires."""
    asked = (project.approval, project.rollback_approval)
    return min((approval.expires_at for approval in asked if approval and approval.claim is None), default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """The changed project and its audit entries; never one without the other."""

    project: Project
    entries: tuple[AuditDraft, ...]


def note(project: Project, kind: str, actor: str, summary: str, **data: JsonValue) -> Change:
    """An audit entry; the project does not change."""
    return Change(project, (AuditDraft(kind=kind, actor=actor, summary=summary, data=data),))


def update(
    project: Project, kind: str, actor: str, summary: str, fields: Mapping[str, object], **data: JsonValue
) -> Change:
    """A change of `fields` within the same state. Raises InvariantBrokenError if the result breaks an invariant."""
    changed = project.model_copy(update=fields)
    if (invariant := broken_invariant(changed)) is not None:
        raise InvariantBrokenError(invariant=invariant)
    return note(changed, kind, actor, summary, **data)


def transition(
    project: Project, event: Event, actor: str, summary: str, fields: Mapping[str, object], **data: JsonValue
) -> Change:
    """The transition for `event`, with the `fields` that the new state needs.

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
