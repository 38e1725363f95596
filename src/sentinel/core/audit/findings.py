"""Findings: what counts against a release until a person resolves it."""

import hashlib
import json
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

LOCKED_CALLS = 3
LOCKED_CALLS_WITHIN = timedelta(minutes=1)
"""Calls of a locked production deploy that are high together."""


EVERY_SESSION = ""
"""The session of what does not end with a sprint: it counts in each until a person resolves it."""


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"


class Scan(Frozen):
    """What a newer scan replaces: those of the same tool, in the same category where it names one."""

    tool: FreeText
    category: FreeText = ""


class Finding(Frozen):
    """Something that must not be overlooked; the same `fingerprint` in one session is one finding.

    `scan` is there for what a scanner found; Sentinel's own findings have none.
    """

    fingerprint: str
    session: str
    severity: Severity
    rule: FreeText
    message: FreeText
    source: FreeText
    found_at: AwareDatetime
    scan: Scan | None = None


class Resolution(Frozen):
    """A person's word that a finding is dealt with, and why.

    One `by_scan` came with the import of a newer scan that has the finding no more, and holds until one has it again.
    """

    by: FreeText
    reason: FreeText
    at: AwareDatetime
    by_scan: bool = False


class StoredFinding(Frozen):
    """A finding with its number in the project, by which a person resolves it."""

    number: int
    finding: Finding
    resolution: Resolution | None = None


class ScanReport(Frozen):
    """What a person imports: which scans, and what they found in which session."""

    session: str
    scans: tuple[Scan, ...]
    findings: tuple[Finding, ...]
    by: FreeText
    at: AwareDatetime


class Imported(Frozen):
    """What an import changed, by the findings' numbers; `unrated` are of scanners that give no severity."""

    new: tuple[int, ...] = ()
    raised: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    closed: tuple[StoredFinding, ...] = ()
    unrated: dict[str, int] = Field(default_factory=dict)


def renewed(known: StoredFinding, found: Finding) -> StoredFinding:
    """What is stored of a finding that a scan has again: its severity rises and never falls.

    It is open again where it became high since, or where only a scan had closed it.
    """
    rises = found.severity is Severity.HIGH and known.finding.severity is Severity.LOW
    kept = known.resolution if known.resolution and not known.resolution.by_scan and not rises else None
    severity = Severity.HIGH if rises else known.finding.severity
    changed = {"severity": severity, "scan": found.scan or known.finding.scan}
    return known.model_copy(update={"finding": known.finding.model_copy(update=changed), "resolution": kept})


def is_gone(known: StoredFinding, found: Collection[str], scans: Collection[Scan]) -> bool:
    """Whether an open finding of such a scan is not among the fingerprints that were `found` now."""
    finding = known.finding
    replaced = finding.scan is not None and bool(finding.scan.tool) and finding.scan in scans
    return replaced and known.resolution is None and finding.fingerprint not in found


def own_finding(*, session: str, severity: Severity, rule: str, message: str, at: datetime) -> Finding:
    """A finding of Sentinel's own; each event of its own moment is one finding."""
    digest = hashlib.sha256(f"{session}\0{rule}\0{message}\0{at.isoformat()}".encode()).hexdigest()
    return Finding(
        fingerprint=digest,
        session=session,
        severity=severity,
        rule=rule,
        message=message,
        source="sentinel",
        found_at=at,
    )


def recent_calls(calls: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """The locked calls that still count at `now`, with the one made now."""
    return (*(at for at in calls if now - at < LOCKED_CALLS_WITHIN), now)[-LOCKED_CALLS:]


def locked_call_severity(calls: tuple[datetime, ...]) -> Severity:
    return Severity.HIGH if len(calls) >= LOCKED_CALLS else Severity.LOW


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
        yield f"Closed, because this scan of {tool} no longer reports it: {shown}"
    for tool, number in imported.unrated.items():
        count, _ = _findings(number)
        yield (
            f"{count} of {printable(tool)} without a severity: recorded as low. To have them block a release, add "
            f"{json.dumps(tool)} to `high` of [audit] in sentinel.toml, commit it, run `sentinel trust`, and import "
            "the file again."
        )


def _findings(number: int) -> tuple[str, str]:
    return ("1 finding", "is") if number == 1 else (f"{number} findings", "are")
