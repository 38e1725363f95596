"""The invariants of the protocol that only the whole history can show, read from the audit entries alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.release.change import WORK
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import PDV_FAILURE, TRANSITIONS, Event, State
from tests.crash.watched import Line

_E, _K = Event, OperationKind
_ENDING = frozenset(
    {
        _E.CANDIDATE_ACCEPTED,
        _E.CANDIDATE_REFUSED,
        _E.STAGING_PASSED,
        _E.STAGING_FAILED,
        _E.APPROVAL_REQUESTED,
        _E.APPROVAL_SPENT,
        _E.VERIFICATION_BLIND,
        _E.RELEASE_CLOSED,
        _E.RELEASE_ABANDONED,
        _E.ROLLBACK_PASSED,
        _E.ROLLBACK_FAILED,
    }
)
"""Events after which no operation runs."""
_ENDING_KINDS = frozenset({"operation.ended", "approval.reopened", "production.adopted"})

_TOLD = {
    _E.APPROVAL_REQUESTED: "Crash: a deployment waits for approval",
    _E.DEPLOYMENT_FAILED: "Crash: automatic rollback started",
    _E.VERIFICATION_FAILED: PDV_FAILURE,
    _E.VERIFICATION_BLIND: "Crash: HALTED, a person must look at production",
    _E.ROLLBACK_STARTED: "Crash: rollback started",
    _E.ROLLBACK_PASSED: "Crash: rolled back",
    _E.ROLLBACK_FAILED: "Crash: HALTED, a person must look at production",
    _E.RELEASE_CLOSED: "Crash: released",
}
"""What people have to hear of."""


def check_told(entries: Sequence[AuditEntry], titles: Sequence[str]) -> None:
    """Of everything that people have to hear of there is a notice, under way or delivered; one may come twice."""
    events = [Event(str(entry.data["on"])) for entry in entries if entry.kind == "transition"]
    missing = Counter(_TOLD[event] for event in events if event in _TOLD) - Counter(titles)
    assert missing == Counter(), f"nobody is told: {missing}"


def check_transitions(entries: Sequence[AuditEntry], project: Project) -> None:
    """Every state follows from the one before it by a row of the table, and the last one is the document's."""
    state = State.IDLE
    for entry in entries:
        if entry.kind == "transition":
            rows = [row for row in TRANSITIONS if (row.source, row.event) == (state, entry.data["on"])]
            follows = [entry.data["to"] in (row.target, row.without_sprint) for row in rows]
            assert (entry.data["from"], follows) == (state, [True]), f"in {state}, no row of the table: {entry}"
            state = State(str(entry.data["to"]))
    assert state is project.state, f"the history ends in {state}, the document says {project.state}"


def check_operations(entries: Sequence[AuditEntry], project: Project) -> None:
    """One at a time: none begins while another runs but the rollback that ends it, and each ends as its own kind."""
    running: OperationKind | None = None
    for entry in entries:
        event = Event(str(entry.data["on"])) if entry.kind == "transition" else None
        if event in WORK:
            assert running is WORK[event], f"while {running} ran: {entry}"
        begun = _begun(entry)
        if begun is not None:
            assert running is None or begun is _K.ROLLBACK, f"while {running} ran: {entry}"
            running = begun
        elif event in _ENDING or entry.kind in _ENDING_KINDS:
            running = None
    stored = project.operation.kind if project.operation else None
    assert running is stored, f"by the history {running} runs, by the document {stored}"


def _begun(entry: AuditEntry) -> OperationKind | None:
    """The operation that the entry began."""
    if entry.kind == "operation.started":
        return OperationKind(entry.summary.partition(" ")[0])
    if entry.kind == "approval.claimed":
        return _K.DEPLOYMENT
    if entry.data.get("to") == State.ROLLING_BACK:
        return _K.ROLLBACK
    return _K.STAGING if entry.data.get("on") == _E.STAGING_STARTED else None


def check_claims(entries: Sequence[AuditEntry]) -> None:
    """An approval is asked for before it is claimed, and claimed once at most, unless its claim was taken back.

    It enters production once at most, and no claim is taken back that did.
    """
    claimed: set[str] = set()
    entered: set[str] = set()
    for entry in entries:
        approval = str(entry.data.get("approval"))
        if entry.kind == "approval.claimed":
            assert approval not in claimed, f"an approval was claimed twice: {entry}"
            claimed.add(approval)
        elif entry.kind == "approval.reopened":
            assert approval in claimed - entered, f"a claim was taken back that was used: {entry}"
            claimed.discard(approval)
        elif entry.data.get("on") == _E.DEPLOYMENT_STARTED:
            assert approval in claimed - entered, f"production was entered without a claim of its own: {entry}"
            entered.add(approval)


def check_productions(entries: Sequence[AuditEntry], runs: Sequence[Line]) -> None:
    """Production was only ever entered with everything that it needs, and no script of its ran before that."""
    entered = [number for number, entry in enumerate(entries) if entry.data.get("on") == _E.DEPLOYMENT_STARTED]
    for number in entered:
        check_entry(entries[: number + 1])
    begun = {run.operation: run.at for run in reversed(runs) if (run.name, run.word) == ("production", "begin")}
    assert len(begun) <= len(entered), "production scripts ran in more operations than entered production"
    for operation, at in begun.items():
        ordered = [
            number
            for number, entry in enumerate(entries)
            if (entry.kind, entry.summary, entry.data.get("operation")) == ("operation.step", "production", operation)
        ]
        before = [entries[number].at for number in entered if number < ordered[0]]
        assert before, f"a production script was ordered before production was entered, in {operation}"
        assert _moment(at) > before[-1], f"a production script ran before production was entered, in {operation}"


def check_entry(entries: Sequence[AuditEntry]) -> None:
    """What has to come before the last of `entries`, by which production was entered."""
    *_, entry = entries
    accepted = _last(entries, lambda e: e.data.get("on") == _E.CANDIDATE_ACCEPTED)
    staging = _last(entries, lambda e: e.data.get("on") in (_E.STAGING_STARTED, _E.STAGING_PASSED))
    asked = _last(entries, lambda e: e.data.get("on") == _E.APPROVAL_REQUESTED)
    claimed = _last(entries, lambda e: e.kind == "approval.claimed")
    built, deployed = ([e.data[name] for name in ("release", "artifacts")] for e in (accepted, entry))
    assert built == deployed, f"{built} were built, {deployed} deployed"
    assert staging.data["on"] == _E.STAGING_PASSED, f"staging was not passed: {staging}"
    assert datetime.fromisoformat(str(staging.data["soak_until"])) <= asked.at, "production was asked for too early"
    plans = {(e.data["approval"], e.data.get("plan", asked.data["plan"])) for e in (asked, claimed, entry)}
    assert len(plans) == 1, "another plan was approved than was carried out"
    order = [e.sequence for e in (accepted, staging, asked, claimed)]
    assert order == sorted(order), f"the way to production was another one: {order}"
    steps = [e.summary for e in entries[claimed.sequence :] if e.kind == "operation.step"]
    assert "artifacts" in steps[steps.index("tag") :], "the tag was not verified after the approval"


def _last(entries: Sequence[AuditEntry], wanted: Callable[[AuditEntry], bool]) -> AuditEntry:
    return next(entry for entry in reversed(entries) if wanted(entry))


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
