"""Findings: what counts against a release until a person resolves it (protocol 1.1, predicate 3)."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from sentinel.core.frozen import Frozen

LOCKED_CALLS = 3
LOCKED_CALLS_WITHIN = timedelta(minutes=1)
"""Calls of a locked production deploy that are high together (issue 2: three within a minute)."""


EVERY_SESSION = ""
"""The session of what does not end with a sprint: it counts in each until a person resolves it (decision 0008)."""


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"


class Finding(Frozen):
    """Something that must not be overlooked; the same `fingerprint` in one session is one finding."""

    fingerprint: str
    session: str
    severity: Severity
    rule: str
    message: str
    source: str
    found_at: AwareDatetime


class Resolution(Frozen):
    """A person's word that a finding is dealt with, and why."""

    by: str
    reason: str
    at: AwareDatetime


class StoredFinding(Frozen):
    """A finding with its number in the project, by which a person resolves it."""

    number: int
    finding: Finding
    resolution: Resolution | None = None


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
