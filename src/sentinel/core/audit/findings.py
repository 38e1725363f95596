"""Findings: they block a release until a person resolves them."""

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
"""How many calls of a locked production deployment make a high finding."""


EVERY_SESSION = ""
"""The session of findings that outlive the sprint: they count in each until a person resolves them."""


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"


class Scan(Frozen):
    """What a newer scan replaces: findings of the same tool, and of the same category if it names one."""

    tool: FreeText
    category: FreeText = ""


class Finding(Frozen):
    """Something that people must look at; the same `fingerprint` in one session is one finding.

    `scan` is set if a scanner found it.
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
    """A person resolved a finding, and says why.

    A resolution `by_scan` came with a newer scan that no longer reports the finding; it ends when a scan reports it
    again.
    """

    by: FreeText
    reason: FreeText
    at: AwareDatetime
    by_scan: bool = False


class StoredFinding(Frozen):
    """A finding with its number in the project, which people resolve it by."""

    number: int
    finding: Finding
    resolution: Resolution | None = None


class ScanReport(Frozen):
    """What a person imports: the scans, and what they found in which session."""

    session: str
    scans: tuple[Scan, ...]
    findings: tuple[Finding, ...]
    by: FreeText
    at: AwareDatetime


class Imported(Frozen):
    """What an import changed, by numbers of findings; `unrated` are of scanners that report no severity."""

    new: tuple[int, ...] = ()
    raised: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    closed: tuple[StoredFinding, ...] = ()
    unrated: dict[str, int] = Field(default_factory=dict)


def renewed(known: StoredFinding, found: Finding) -> StoredFinding:
    """A known finding that a scan reports again: its severity may rise and never falls.

    It opens again if it became high, or if only a scan had closed it.
    """
    rises = found.severity is Severity.HIGH and known.finding.severity is Severity.LOW
    kept = known.resolution if known.resolution and not known.resolution.by_scan and not rises else None
    severity = Severity.HIGH if rises else known.finding.severity
    changed = {"severity": severity, "scan": found.scan or known.finding.scan}
    return known.model_copy(update={"finding": known.finding.model_copy(update=changed), "resolution": kept})


def is_gone(known: StoredFinding, found: Collection[str], scans: Collection[Scan]) -> bool:
    """Whether an open finding of one of `scans` is no longer among the fingerprints `found`."""
    finding = known.finding
    replaced = finding.scan is not None and bool(finding.scan.tool) and finding.scan in scans
    return replaced and known.resolution is None and finding.fingerprint not in found


def own_finding(*, session: str, severity: Severity, rule: str, message: str, at: datetime) -> Finding:
    """One of Sentinel's own findings; each event is a finding of its own."""
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
    """The locked calls that still count at `now`, with the current one."""
    return (*(at for at in calls if now - at < LOCKED_CALLS_WITHIN), now)[-LOCKED_CALLS:]


def locked_call_severity(calls: tuple[datetime, ...]) -> Severity:
    return Severity.HIGH if len(calls) >= LOCKED_CALLS else Severity.LOW


def finding_line(found: StoredFinding) -> str:
    """A finding as one line."""
    finding, resolution = found.finding, found.resolution
    text = f"{found.number:>4}  {finding.severity}  {printable(finding.rule)}: {printable(finding.message)}"
    return f"{text} (resolved by {printable(resolution.by)}: {printable(resolution.reason)})" if resolution else text


def import_lines(imported: Imported) -> Iterator[str]:
    """What an import changed, and how to raise findings without a severity."""
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
