"""Each release as the history records it: who approved it, when it was verified, why it was rolled back."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import AwareDatetime, JsonValue, ValidationError

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.release.contents import Changes, Contents
from sentinel.core.release.model import Evidence
from sentinel.core.release.states import Cause, Event
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

Value = TypeVar("Value", bound=Frozen)
RecordStatus = Literal[
    "open", "in production", "released", "rolling back", "rolled back", "abandoned", "halted", "adopted"
]
"""`released` has passed its verification; `in production` is deployed or being deployed, and not yet verified.
`rolling back` leaves production: which release answers there is open.
"""


class ApprovedBy(Frozen):
    """Who approved, and how that is proved."""

    by: FreeText
    at: AwareDatetime
    channel: str = ""
    proven: bool = False
    proof: str = ""
    signers: tuple[str, ...] = ()


class ReleaseRecord(Frozen):
    """A release as the history records it; what did not happen or was not recorded is None or empty.

    `why` says why it was rolled back, halted or abandoned. `operations` are those that worked on it. `first` and
    `last` are the sequences of its first and latest entries.
    """

    version: str
    tag: str
    commit: str
    id: str
    status: RecordStatus
    prepared_at: AwareDatetime
    first: int
    last: int
    tree: str = ""
    tag_object: str = ""
    policy: str = ""
    artifacts: Mapping[str, str] = {}
    notes: FreeText = ""
    changes: Changes | None = None
    contents: Contents | None = None
    tests: Evidence | None = None
    staged_at: AwareDatetime | None = None
    asked_at: AwareDatetime | None = None
    approved: ApprovedBy | None = None
    deployed_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None
    verified: FreeText = ""
    ended_at: AwareDatetime | None = None
    left_at: AwareDatetime | None = None
    why: FreeText = ""
    cause: str = ""
    operations: tuple[str, ...] = ()


_ONWARD: Mapping[str, tuple[str, Mapping[str, str]]] = {
    Event.STAGING_PASSED: ("staged_at", {}),
    Event.APPROVAL_REQUESTED: ("asked_at", {}),
    Event.DEPLOYMENT_STARTED: ("deployed_at", {"status": "in production"}),
    Event.VERIFICATION_PASSED: ("verified_at", {"status": "released"}),
}
"""The field that records the moment of an event, and the status that follows from it."""


def release_records(entries: Iterable[AuditEntry]) -> tuple[ReleaseRecord, ...]:
    """The records of a whole history, the oldest first."""
    reading = RecordReader()
    for entry in entries:
        reading.read(entry)
    return reading.records


class RecordReader:
    """Reads entries in order; at most one release is under way at a time."""

    def __init__(self) -> None:
        self._records: list[ReleaseRecord] = []
        self._operations: dict[str, None] = {}
        self._tests = ""
        self._prepare = 0
        self._current: int | None = None
        self._left: int | None = None

    @property
    def records(self) -> tuple[ReleaseRecord, ...]:
        return tuple(self._records)

    def read(self, entry: AuditEntry) -> None:
        before = (self._current, self._left)
        if entry.kind == "operation.started" and entry.summary.startswith("prepare"):
            self._prepare, self._operations = entry.sequence, {}
        if operation := _text(entry.data, "operation"):
            self._worked(operation)
            if (entry.kind, entry.summary) == ("operation.step", "tests"):
                self._tests = operation
        if entry.kind == "production.adopted":
            self._adopted(entry)
        elif entry.kind == "approval.claimed":
            self._set(self._current, approved=_approved(entry))
        elif entry.kind == "transition":
            self._moved(entry, str(entry.data.get("on")))
        for place in {*before, self._current, self._left}:
            self._set(place, last=entry.sequence)

    def _worked(self, operation: str) -> None:
        place = self._current if self._current is not None else self._left
        if place is None:
            self._operations[operation] = None
            return
        known = self._records[place].operations
        if operation not in known:
            self._set(place, operations=(*known, operation))

    def _moved(self, entry: AuditEntry, event: str) -> None:
        at = entry.at
        if event == Event.CANDIDATE_ACCEPTED:
            self._begin(entry)
        elif event in (Event.ROLLBACK_STARTED, Event.DEPLOYMENT_FAILED, Event.VERIFICATION_FAILED):
            self._leave(entry)
        elif event in _ONWARD:
            field, status = _ONWARD[event]
            self._set(self._current, **{field: at}, **status)
            if event == Event.VERIFICATION_PASSED:
                self._set(self._current, verified=entry.summary)
        elif event in (Event.RELEASE_CLOSED, Event.RELEASE_ABANDONED):
            given_up = {"status": "abandoned", "why": _after_colon(entry.summary)}
            self._set(self._current, ended_at=at, **(given_up if event == Event.RELEASE_ABANDONED else {}))
            self._current = None
        elif event == Event.VERIFICATION_BLIND:
            self._set(self._current, left_at=at, status="halted", why=entry.summary, cause=Cause.VERIFICATION_BLIND)
            self._current, self._left = None, self._current
        elif event in (Event.ROLLBACK_PASSED, Event.ROLLBACK_FAILED, Event.RESOLVED):
            self._left_behind(event, at)

    def _left_behind(self, event: str, at: datetime) -> None:
        """How a rollback or a resolution ended; after a failed rollback another one may follow."""
        if event == Event.ROLLBACK_FAILED:
            self._set(self._left, status="halted")
            return
        self._set(self._left, ended_at=at, status="rolled back" if event == Event.ROLLBACK_PASSED else "halted")
        self._left = None

    def _begin(self, entry: AuditEntry) -> None:
        data = entry.data
        tag = _text(data, "tag")
        self._records.append(
            ReleaseRecord(
                version=_text(data, "version") or _version_of(tag),
                tag=tag,
                commit=_text(data, "commit"),
                id=_text(data, "release"),
                status="open",
                prepared_at=entry.at,
                first=self._prepare or entry.sequence,
                last=entry.sequence,
                tree=_text(data, "tree"),
                tag_object=_text(data, "tag_object"),
                policy=_text(data, "policy"),
                artifacts=_digests(data.get("artifacts")),
                notes=_text(data, "notes"),
                changes=_value(Changes, data.get("changes")),
                contents=_value(Contents, data.get("contents")),
                tests=_value(Evidence, data.get("tests")),
                operations=(*([self._tests] if self._tests else []), *self._operations),
            )
        )
        self._current, self._operations = len(self._records) - 1, {}

    def _leave(self, entry: AuditEntry) -> None:
        """A release leaves production; a candidate that was not there is discarded with it."""
        version = _text(entry.data, "leaving")
        named = (place for place, record in reversed(list(enumerate(self._records))) if record.version == version)
        left = next(named, self._current)
        if self._current is not None and self._current != left:
            why = f"Production was rolled back from {version}."
            self._set(self._current, status="abandoned", ended_at=entry.at, why=why)
        if left != self._left:
            cause = _text(entry.data, "cause")
            self._set(left, left_at=entry.at, why=_after_colon(entry.summary), cause=cause)
        self._set(left, status="rolling back")
        self._current, self._left = None, left

    def _adopted(self, entry: AuditEntry) -> None:
        tag = entry.summary.removeprefix("production runs ")
        self._records.append(
            ReleaseRecord(
                version=_version_of(tag),
                tag=tag,
                commit=_text(entry.data, "commit"),
                id="",
                status="adopted",
                prepared_at=entry.at,
                first=entry.sequence,
                last=entry.sequence,
                artifacts=_digests(entry.data.get("artifacts")),
                approved=ApprovedBy(by=entry.actor, at=entry.at),
                ended_at=entry.at,
            )
        )

    def _set(self, place: int | None, **fields: object) -> None:
        if place is not None:
            self._records[place] = self._records[place].model_copy(update=fields)


def _approved(entry: AuditEntry) -> ApprovedBy:
    signers = entry.data.get("signers")
    return ApprovedBy(
        by=entry.actor,
        at=entry.at,
        channel=_text(entry.data, "channel"),
        proven=entry.data.get("proven") is True,
        proof=_text(entry.data, "proof"),
        signers=tuple(map(str, signers)) if isinstance(signers, list) else (),
    )


def _text(data: Mapping[str, JsonValue], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _digests(value: JsonValue) -> dict[str, str]:
    return {name: str(sha256) for name, sha256 in value.items()} if isinstance(value, dict) else {}


def _value(kind: type[Value], document: JsonValue) -> Value | None:
    """None if an entry of an earlier version lacks it or has it in another form."""
    with suppress(ValidationError):
        return kind.model_validate(document) if document is not None else None
    return None


def _version_of(tag: str) -> str:
    """The version of a tag whose prefix is not recorded."""
    found = re.search(r"\d+\.\d+\.\d+.*", tag)
    return found[0] if found else tag


def _after_colon(summary: str) -> str:
    return summary.partition(": ")[2] or summary
