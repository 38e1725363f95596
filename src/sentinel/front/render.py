"""One wording for MCP, command line and console: a status as text that stands alone."""

from collections.abc import Iterator
from datetime import timedelta

from sentinel.core.duration import countdown
from sentinel.core.status import ApprovalView, LockedView, OperationView, ReleaseStatus


def status_text(status: ReleaseStatus) -> str:
    """The sentence first, on lines of its own; then where the release stands, what blocks it, and what to do next."""
    return "\n".join((status.message, "", *_details(status)))


def _details(status: ReleaseStatus) -> Iterator[str]:
    sprint = f" (sprint {status.sprint})" if status.sprint else ""
    yield f"State: {status.state}{sprint}; trust: {status.trust}"
    if status.release is not None:
        yield f"Release: {status.release.tag} at {status.release.commit[:12]}, {status.release.changes}"
    if status.production is not None:
        yield f"Production: {status.production.version} at {status.production.commit[:12]}"
    for blocked in status.blocked_by:
        yield f"Blocked by {blocked.gate}: {blocked.message} {blocked.fix}".rstrip()
    if status.operation is not None:
        yield _running(status.operation)
    if status.approval is not None:
        yield _waiting(status.approval)
    for lock in status.locked:
        yield _locked(lock)
    for step in status.next:
        yield f"Next: {step}"


def _running(operation: OperationView) -> str:
    return f"Running: {operation.kind}, {operation.step or 'starting'} ({operation.status}, {operation.id})"


def _waiting(approval: ApprovalView) -> str:
    return f"Waiting for a human: the {approval.kind}'s approval, until {approval.expires_at:%H:%M:%S} UTC"


def _locked(lock: LockedView) -> str:
    target = f"({lock.target})" if lock.target else ""
    left = f" ({countdown(timedelta(seconds=lock.remaining_seconds))} left)" if lock.remaining_seconds else ""
    return f"Locked: {lock.tool}{target}{left}: {lock.reason}"
