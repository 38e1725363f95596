"""One wording for agents and people: a status, an audit entry and a finding as text that stands alone."""

import json
from collections.abc import Iterator
from datetime import timedelta

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.audit.findings import Imported, StoredFinding
from sentinel.core.release.model import BlockedBy
from sentinel.core.tools.status import (
    ApprovalView,
    LockedView,
    OperationView,
    ReleaseStatus,
    ReleaseView,
)
from sentinel.core.values.duration import countdown
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, item

_CHANGING = ("DEPLOYING", "VERIFYING", "ROLLING_BACK", "HALTED")
"""States in which production may run something else than the release that was verified there last."""


def status_text(status: ReleaseStatus) -> str:
    """The sentence first, on lines of its own; then what to do next, what blocks the release, and where it stands."""
    return "\n".join((status.message, "", *_details(status)))


def _details(status: ReleaseStatus) -> Iterator[str]:
    for step in status.next:
        yield f"Next: {step}"
    yield from map(blocked_line, status.blocked_by)
    yield from _standing(status)


def blocked_line(blocked: BlockedBy) -> str:
    between = "\n" if "\n" in blocked.message else " "  # what to do stands apart from quoted output
    return f"Blocked by {blocked.gate}: {blocked.message}{between}{blocked.fix}".rstrip()


def _standing(status: ReleaseStatus) -> Iterator[str]:
    project = f" of {printable(status.project)}" if status.project else ""
    sprint = f" (sprint {status.sprint})" if status.sprint else ""
    yield f"State{project}: {status.state}{sprint}; trust: {status.trust}"
    if status.hold is not None:
        yield f"Held: by {printable(status.hold.by)} since {status.hold.at:%Y-%m-%d %H:%M} UTC: {status.hold.reason}"
    if status.hotfix is not None:
        yield f"Hotfix: opened by {printable(status.hotfix.by)}: {status.hotfix.reason}"
    if status.operation is not None:
        yield _running(status.operation)
    if status.approval is not None:
        yield _waiting(status.approval)
    for lock in status.locked:
        yield _locked(lock)
    if status.production is not None:
        label = "Last verified in production" if status.state in _CHANGING else "Production"
        yield f"{label}: {status.production.version} at {status.production.commit[:12]}"
    if status.release is not None:
        yield _release(status.release)


def _release(release: ReleaseView) -> str:
    count = f"{release.artifact_count} artifact{'' if release.artifact_count == 1 else 's'}"
    return f"Release: {release.tag} at {release.commit[:12]}, {release.changes}, {count}"


def _running(operation: OperationView) -> str:
    return f"Running: {operation.kind}, {operation.step or 'starting'} ({operation.status}, {operation.id})"


def _waiting(approval: ApprovalView) -> str:
    count = f" ({len(approval.signed)} of {approval.required} approvals)" if approval.required else ""
    return f"Waiting for a human: the {approval.kind}'s approval, until {approval.expires_at:%H:%M:%S} UTC{count}"


def _locked(lock: LockedView) -> str:
    target = f"({lock.target})" if lock.target else ""
    left = f" ({countdown(timedelta(seconds=lock.remaining_seconds))} left)" if lock.remaining_seconds else ""
    return f"Locked: {lock.tool}{target}{left}: {lock.reason}"


def entry_lines(entry: AuditEntry, screen: Screen) -> Iterator[str]:
    """An audit entry, on one line where the screen is wide enough."""
    said = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {printable(entry.actor)}: {printable(entry.summary)}"
    yield from item(screen, said, mark=f"{entry.sequence:>6}  ")


def finding_line(found: StoredFinding) -> str:
    """A finding as one line."""
    finding, resolution = found.finding, found.resolution
    text = f"{found.number:>4}  {finding.severity}  {printable(finding.rule)}: {printable(finding.message)}"
    return f"{text} (resolved by {printable(resolution.by)}: {printable(resolution.reason)})" if resolution else text


def import_lines(imported: Imported) -> Iterator[str]:
    """What an import has changed, and how findings without a severity are raised."""
    yield f"{_findings(len(imported.new))[0].replace('finding', 'new finding')} recorded."
    for numbers, what in ((imported.raised, "high now"), (imported.reopened, "open again")):
        if numbers:
            count, verb = _findings(len(numbers))
            yield f"{count} {verb} {what}: {', '.join(map(str, numbers))}."
    for found in imported.closed:
        tool = printable(found.finding.scan.tool) if found.finding.scan else "its scanner"
        shown = finding_line(found.model_copy(update={"resolution": None})).strip()
        yield f"Closed, since this scan of {tool} has it no more: {shown}"
    for tool, number in imported.unrated.items():
        count, _ = _findings(number)
        yield (
            f"{count} of {printable(tool)} without a severity: recorded as low. To have them block a release, add "
            f"{json.dumps(tool)} to `high` of [audit] in sentinel.toml, commit it, run `sentinel trust`, and import "
            "the file again."
        )


def _findings(number: int) -> tuple[str, str]:
    return ("1 finding", "is") if number == 1 else (f"{number} findings", "are")
