"""What the history tells of releases: read from the entries that the core's own changes write."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from pydantic import JsonValue

from sentinel.core.audit.chain import AuditDraft, AuditEntry, AuditHead, seal
from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.change import Change
from sentinel.core.release.contents import Changes
from sentinel.core.release.model import Claim, OperationKind, Project
from sentinel.core.release.record import ReleaseRecord, release_records
from sentinel.core.release.record_text import detail_lines, table_lines
from sentinel.core.release.states import Cause, Event, State
from sentinel.core.values.screen import Screen
from tests.core.projects import AGENT, NOON, PERSON, SOAKED, deployed, operation, outcome, project, release

SCREEN = Screen(width=80)


class History:
    """Entries of changes that are made one after another, a minute apart."""

    def __init__(self, before: Project) -> None:
        self.project = before
        self.entries: list[AuditEntry] = []

    def make(self, change: Change) -> None:
        self.project = change.project
        self.write(change.entries)

    def write(self, drafts: Iterable[AuditDraft]) -> None:
        for draft in drafts:
            last = self.entries[-1] if self.entries else None
            head = AuditHead(sequence=last.sequence, digest=last.digest) if last else AuditHead()
            at = NOON + timedelta(minutes=len(self.entries))
            self.entries.append(seal(draft, project="shop", head=head, at=at))

    @property
    def records(self) -> tuple[ReleaseRecord, ...]:
        return release_records(self.entries)


def prepared(**proof: object) -> History:
    """v1.2.0 is a candidate, with v1.1.0 in production; its tests and its preparation are in the history."""
    history = History(project(State.ACTIVE, lineage=(deployed("1.1.0"),)))
    history.write([AuditDraft("operation.step", "sentinel", "tests", {"operation": "tests-1"})])
    history.make(lifecycle.begin(history.project, operation(history.project, OperationKind.PREPARE)))
    history.write([AuditDraft("operation.step", "sentinel", "build", {"operation": "prepare-1"})])
    known = {"notes": "## Added\n- Tea", "changes": {"files": 5, "insertions": 120, "deletions": 40}, **proof}
    history.make(lifecycle.accept_candidate(history.project, release(), outcome(history.project), **known))  # type: ignore[arg-type]
    return history


def in_production(history: History) -> History:
    """From a project that is on the way to a state in which its deployment may begin."""
    at = project(State.AWAITING_APPROVAL, lineage=history.project.lineage)
    claim = Claim(by=PERSON, channel="terminal", at=NOON, proof="signature", signers=("ada",))
    history.project = at
    history.make(lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT)))
    history.make(lifecycle.start_deployment(history.project, SOAKED))
    history.write([AuditDraft("operation.step", "sentinel", "production", {"operation": "deployment-1"})])
    return history


def test_a_candidate_is_open_and_knows_what_was_kept_with_it() -> None:
    (record,) = prepared().records
    assert (record.version, record.tag, record.status) == ("1.2.0", "v1.2.0", "open")
    assert record.operations == ("tests-1", "prepare-1")
    assert record.changes == Changes(files=5, insertions=120, deletions=40)
    assert record.notes == "## Added\n- Tea"
    assert record.artifacts == {"dist/shop.tar.gz": "a" * 64}


def test_a_verified_release_knows_who_approved_it_and_when_it_was_verified() -> None:
    history = in_production(prepared())
    history.make(lifecycle.deployment_passed(history.project, "It answers."))
    history.make(lifecycle.verification_passed(history.project, "v1.2.0 passed: 0 of 1500.", NOON))
    (record,) = history.records
    assert record.status == "released"
    assert record.approved is not None
    assert (record.approved.by, record.approved.signers) == (PERSON, ("ada",))
    assert record.verified == "v1.2.0 passed: 0 of 1500."
    assert "deployment-1" in record.operations
    history.make(lifecycle.close_release(history.project, outcome(history.project), ()))
    assert history.records[0].ended_at is not None
    assert history.records[0].last == len(history.entries)


@pytest.mark.parametrize("event", [Event.DEPLOYMENT_FAILED])
def test_a_release_that_failed_says_why_and_that_it_was_rolled_back(event: Event) -> None:
    history = in_production(prepared())
    plan = rollback.plan_rollback(
        history.project, reason="The script ended with exit code 1.", cause=Cause.SCRIPT_FAILED, now=NOON
    )
    assert plan is not None
    back = operation(history.project, OperationKind.ROLLBACK)
    ended = outcome(history.project, ok=False)
    history.make(rollback.start_rollback(history.project, plan, back, event=event, actor="sentinel", outcome=ended))
    assert history.records[0].status == "rolling back"
    history.write([AuditDraft("operation.step", "sentinel", "rollback", {"operation": "rollback-1"})])
    history.make(rollback.rollback_passed(history.project, outcome(history.project)))
    (record,) = history.records
    assert (record.status, record.why) == ("rolled back", "The script ended with exit code 1.")
    assert record.operations[-1] == "rollback-1"
    assert record.left_at is not None


def test_a_rollback_of_an_earlier_release_is_that_release_s_and_ends_an_open_candidate() -> None:
    history = prepared()
    released = history.entries[-1].data | {"version": "1.1.0", "tag": "v1.1.0", "release": "release-1.1.0"}
    first = History(history.project)
    first.write([AuditDraft("transition", "sentinel", "v1.1.0 is ready", released)])
    first.write([AuditDraft("transition", "sentinel", "closed", {"on": "release closed"})])
    first.write(AuditDraft(e.kind, e.actor, e.summary, e.data) for e in history.entries)
    summary = "rolling back v1.1.0 to v1.0.0: It is slow."
    first.write([AuditDraft("transition", PERSON, summary, {"on": "rollback started", "leaving": "1.1.0"})])
    assert first.records[0].status == "rolling back"
    first.write([AuditDraft("transition", "sentinel", "back", {"on": "rollback passed"})])
    older, newer = first.records
    assert (older.version, older.status, older.why) == ("1.1.0", "rolled back", "It is slow.")
    assert (newer.version, newer.status) == ("1.2.0", "abandoned")


def test_a_failed_rollback_is_halted_until_another_one_passes() -> None:
    history = in_production(prepared())
    start = AuditDraft("transition", PERSON, "rolling back: slow", {"on": "rollback started", "leaving": "1.2.0"})
    seen = []
    for draft in (start, "rollback failed", start, "rollback failed", "resolved"):
        event = draft if isinstance(draft, AuditDraft) else AuditDraft("transition", "sentinel", draft, {"on": draft})
        history.write([event])
        seen.append(history.records[-1].status)
    assert seen == ["rolling back", "halted", "rolling back", "halted", "halted"]


def test_an_abandoned_candidate_says_why() -> None:
    history = prepared()
    history.make(lifecycle.abandon(history.project, AGENT, "Forgot something", NOON))
    (record,) = history.records
    assert (record.status, record.why) == ("abandoned", "Forgot something")


def test_entries_of_an_earlier_version_tell_less_and_are_read() -> None:
    data: dict[str, JsonValue] = {
        "on": "candidate accepted",
        "tag": "shop-2.0.1",
        "release": "r",
        "contents": {"odd": 1},
        "artifacts": None,
    }
    history = History(project(State.ACTIVE))
    history.write([AuditDraft("transition", "sentinel", "ready", data)])
    (record,) = history.records
    assert (record.version, record.contents, record.artifacts) == ("2.0.1", None, {})


def test_they_are_readable_on_a_terminal() -> None:
    history = in_production(prepared())
    text = "\n".join(table_lines(history.records, SCREEN))
    assert "v1.2.0  in production, 2030-05-01" in text
    assert "approved by ada (signed), terminal" in text
    detail = list(detail_lines(history.records[0], history.entries, SCREEN))
    assert max(map(len, detail)) <= 80
    assert "  ## Added" in detail


def test_what_agents_and_repositories_said_is_not_obeyed() -> None:
    history = prepared(notes="\x1b[2J", contents=None)
    history.make(lifecycle.abandon(history.project, AGENT, "\x1b]0;title\x07", NOON))
    shown = [*table_lines(history.records, SCREEN), *detail_lines(history.records[0], history.entries, SCREEN)]
    assert not any("\x1b" in line or "\x07" in line for line in shown)


def test_an_empty_history_has_no_release() -> None:
    assert release_records(()) == ()
    assert list(table_lines((), SCREEN)) == []
