"""What each step of a release leaves in the document, and what it refuses."""

from datetime import timedelta

import pytest

from sentinel.core.release import lifecycle
from sentinel.core.release.lifecycle import LINEAGE_KEPT, OUTCOMES_KEPT
from sentinel.core.release.model import (
    Artifact,
    BlockedBy,
    Claim,
    OperationKind,
    Outcome,
    Project,
    Soak,
    Staged,
)
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import Tool, access
from sentinel.errors.release import InvariantBrokenError
from tests.core.projects import (
    AGENT,
    NOON,
    PERSON,
    SOAK,
    SOAKED,
    artifact,
    claimed,
    deployed,
    evidence,
    instant,
    operation,
    outcome,
    project,
    release,
    running,
    sprint,
    staged,
)

SECOND = timedelta(seconds=1)


def test_a_sprint_begins_with_nothing_found_and_nothing_tested() -> None:
    """The session is the sprint: what an earlier one left behind does not count in it."""
    before = project(evidence=evidence(), locked_calls=(NOON,))
    at = lifecycle.start_sprint(before, sprint(), AGENT).project
    assert (at.state, at.evidence, at.locked_calls) == (State.ACTIVE, None, ())


def test_a_closed_sprint_takes_its_evidence_with_it() -> None:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    at = lifecycle.record_tests(at, evidence(), outcome(at)).project
    assert at.evidence == evidence()
    closed = lifecycle.close_sprint(at, PERSON).project
    assert (closed.state, closed.sprint, closed.evidence) == (State.IDLE, None, None)


def test_only_the_tests_give_evidence() -> None:
    at = running(project(State.ACTIVE), OperationKind.PREPARE)
    with pytest.raises(InvariantBrokenError, match="evidence comes from a run of the tests"):
        lifecycle.record_tests(at, evidence(), outcome(at))


@pytest.mark.requirement("P1.1-candidate")
def test_an_accepted_candidate_unlocks_staging() -> None:
    preparing = running(project(State.ACTIVE), OperationKind.PREPARE)
    assert access(preparing, SOAKED, Tool.DEPLOY, "staging").lock is not None
    change = lifecycle.accept_candidate(preparing, release(), outcome(preparing))
    assert (change.project.state, change.project.release) == (State.RELEASE_CANDIDATE, release())
    assert access(change.project, SOAKED, Tool.DEPLOY, "staging").lock is None
    assert change.entries[0].data == {
        "from": "ACTIVE",
        "on": "candidate accepted",
        "to": "RELEASE_CANDIDATE",
        "release": "release-1.2.0",
        "version": "1.2.0",
        "tag": "v1.2.0",
        "tag_object": "e" * 40,
        "commit": "c" * 40,
        "tree": "d" * 40,
        "artifacts": {"dist/shop.tar.gz": "a" * 64},
        "policy": "f" * 64,
    }


def test_a_refused_candidate_leaves_its_gates_in_the_history() -> None:
    preparing = running(project(State.ACTIVE), OperationKind.PREPARE)
    gate = BlockedBy(gate="sprint", message="1 Open Task", fix="Finish it.")
    ended = outcome(preparing, "Release Blocked. You have 1 Open Task.", ok=False)
    change = lifecycle.refuse_candidate(preparing, ended.model_copy(update={"blocked_by": (gate,)}))
    assert (change.project.state, change.project.release) == (State.ACTIVE, None)
    assert change.entries[0].data["gates"] == ["sprint"]


def test_only_a_running_prepare_makes_a_candidate() -> None:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    with pytest.raises(InvariantBrokenError, match="only a running prepare operation brings about: candidate accepted"):
        lifecycle.accept_candidate(at, release(), outcome(at))


@pytest.mark.requirement("P2.2-timer")
def test_a_passed_staging_starts_the_soak() -> None:
    at = project(State.STAGING)
    change = lifecycle.staging_passed(at, staged(at), outcome(at))
    assert change.project.state is State.SOAKING
    assert change.entries[0].data["soak_until"] == (NOON + SOAK).isoformat()


@pytest.mark.requirement("P2.1-gate")
def test_a_failed_staging_earns_no_soak_and_takes_back_an_earlier_one() -> None:
    at = project(State.SOAKING)
    at = lifecycle.start_staging(at, operation(at, OperationKind.STAGING)).project
    at = lifecycle.staging_failed(at, outcome(at, ok=False)).project
    assert at.release is not None
    assert (at.state, at.release.staged) == (State.RELEASE_CANDIDATE, None)


@pytest.mark.parametrize("artifacts", [(), (artifact(sha256="0" * 64),), (artifact(), artifact("dist/more"))])
def test_other_bytes_than_the_built_ones_do_not_soak(artifacts: tuple[Artifact, ...]) -> None:
    at = project(State.STAGING)
    other = Staged(artifacts=artifacts, soak=Soak(started=instant(), length=SOAK))
    with pytest.raises(InvariantBrokenError, match="what soaks and deploys is what was built and staged"):
        lifecycle.staging_passed(at, other, outcome(at))


@pytest.mark.requirement("P2.2-minimum")
def test_nobody_is_asked_and_nothing_deployed_one_second_too_early() -> None:
    promoting = running(project(State.SOAKING), OperationKind.PROMOTION)
    asked = project(State.AWAITING_APPROVAL).approval
    assert asked is not None
    early = instant(SOAK - SECOND)
    with pytest.raises(InvariantBrokenError, match="production waits for an elapsed soak"):
        lifecycle.request_approval(promoting, asked, outcome(promoting), early)
    with pytest.raises(InvariantBrokenError, match="production waits for an elapsed soak"):
        lifecycle.start_deployment(claimed(), early)
    assert lifecycle.request_approval(promoting, asked, outcome(promoting), SOAKED).project.state == "AWAITING_APPROVAL"
    assert lifecycle.start_deployment(claimed(), SOAKED).project.state is State.DEPLOYING


def test_an_approval_is_claimed_once() -> None:
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall)
    at = claimed()
    with pytest.raises(InvariantBrokenError, match="an approval is used at most once"):
        lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT))


def test_a_claim_says_in_the_history_who_where_and_whether_it_is_proven() -> None:
    at = project(State.AWAITING_APPROVAL)
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall, proven=True)
    change = lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT))
    entry = change.entries[0]
    assert at.approval is not None
    assert (entry.kind, entry.actor) == ("approval.claimed", PERSON)
    assert entry.data == {
        "approval": at.approval.id,
        "plan": at.approval.plan_digest,
        "channel": "terminal",
        "proven": True,
        "proof": "phrase",
        "signers": [],
    }


@pytest.mark.parametrize("claimed_first", [False, True])
def test_a_spent_approval_keeps_the_soak(*, claimed_first: bool) -> None:
    at = claimed() if claimed_first else project(State.AWAITING_APPROVAL)
    if claimed_first:
        spent = lifecycle.spend_approval(at, "no", outcome(at, ok=False)).project
    else:
        spent = lifecycle.refuse_approval(at, PERSON, "no", SOAKED.wall).project
    assert (spent.state, spent.approval, spent.operation) == (State.SOAKING, None, None)
    assert spent.release == at.release


def test_a_claim_that_is_taken_back_leaves_the_same_question_open() -> None:
    at = claimed()
    assert at.approval is not None
    change = lifecycle.reopen_approval(at, "no push", outcome(at, ok=False))
    again = change.project
    assert (again.state, again.operation, again.outcomes[-1].message) == (State.AWAITING_APPROVAL, None, "Done.")
    assert again.approval == at.approval.model_copy(update={"claim": None, "signatures": ()})
    assert [entry.kind for entry in change.entries] == ["approval.reopened"]
    with pytest.raises(InvariantBrokenError, match="only a claim that entered nothing is taken back"):
        lifecycle.reopen_approval(again, "no push", outcome(at, ok=False))


def test_a_version_is_retired_once_and_for_good() -> None:
    at = lifecycle.retire_version(claimed(), "1.2.0").project
    assert lifecycle.retire_version(at, "1.2.0").project.retired == ("1.2.0",)
    assert lifecycle.retire_version(at, "1.3.0").project.retired == ("1.2.0", "1.3.0")
    assert lifecycle.abandon(at, PERSON, "no", NOON, outcome(at, ok=False)).project.retired == ("1.2.0",)


@pytest.mark.requirement("P4-unfinished")
def test_a_script_that_finished_is_verified_before_anything_is_archived() -> None:
    at = lifecycle.deployment_passed(project(State.DEPLOYING), "It runs.").project
    assert (at.state, at.lineage) == (State.VERIFYING, ())
    assert at.operation is not None
    with pytest.raises(InvariantBrokenError):
        lifecycle.end(at, outcome(at))


@pytest.mark.requirement("P4.2-archived", "P4.2-idle")
def test_a_verified_release_is_archived_and_the_agent_is_reset_to_idle() -> None:
    at = project(State.VERIFYING, lineage=(deployed("1.1.0"),))
    tested = at.model_copy(update={"evidence": evidence()})
    archived = lifecycle.verification_passed(tested, "It is good.", SOAKED.wall).project
    assert archived.state is State.ARCHIVED
    assert [each.tag for each in archived.lineage] == ["v1.1.0", "v1.2.0"]
    assert archived.production is not None
    assert archived.production.artifacts == release().artifacts
    change = lifecycle.close_release(archived, outcome(archived), ["feature/x was left"])
    idle = change.project
    assert (idle.state, idle.release, idle.approval, idle.sprint, idle.evidence) == (State.IDLE, None, None, None, None)
    assert idle.lineage == archived.lineage
    assert change.entries[0].data["warnings"] == ["feature/x was left"]


def test_the_document_keeps_the_newest_archived_releases() -> None:
    lineage = tuple(deployed(f"0.{minor}.0") for minor in range(LINEAGE_KEPT))
    at = lifecycle.verification_passed(project(State.VERIFYING, lineage=lineage), "It is good.", NOON).project
    assert (len(at.lineage), at.lineage[0].tag, at.lineage[-1].tag) == (LINEAGE_KEPT, "v0.1.0", "v1.2.0")


def test_the_document_keeps_the_newest_outcomes() -> None:
    at = project(State.ACTIVE)
    for _ in range(OUTCOMES_KEPT + 3):
        at = running(at, OperationKind.TESTS)
        at = lifecycle.end(at, outcome(at)).project
    assert [each.operation_id for each in at.outcomes] == [f"operation-{n}" for n in range(4, OUTCOMES_KEPT + 4)]


def test_one_operation_runs_at_a_time() -> None:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    with pytest.raises(InvariantBrokenError, match="one operation per project at a time"):
        running(at, OperationKind.PREPARE)
    soaking = running(project(State.SOAKING), OperationKind.PROMOTION)
    with pytest.raises(InvariantBrokenError, match="one operation per project at a time"):
        lifecycle.start_staging(soaking, operation(soaking, OperationKind.STAGING))


def test_a_fencing_number_is_not_used_again() -> None:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    again = operation(project(State.ACTIVE), OperationKind.TESTS)
    with pytest.raises(InvariantBrokenError, match="a fencing number is never used again"):
        lifecycle.begin(lifecycle.end(at, outcome(at)).project, again)


STRAY = Outcome(operation_id="operation-9", kind=OperationKind.TESTS, ok=True, message="Done.", ended_at=NOON)


@pytest.mark.parametrize(
    "at", [project(State.ACTIVE), running(project(State.ACTIVE), OperationKind.TESTS)], ids=["none", "another"]
)
def test_an_outcome_is_that_of_what_runs(at: Project) -> None:
    with pytest.raises(InvariantBrokenError, match="an outcome is that of the running operation"):
        lifecycle.end(at, STRAY)


@pytest.mark.parametrize("state", [State.RELEASE_CANDIDATE, State.SOAKING, State.AWAITING_APPROVAL])
def test_an_abandoned_release_leaves_nothing_but_its_sprint(state: State) -> None:
    change = lifecycle.abandon(project(state), AGENT, "no longer wanted", NOON)
    at = change.project
    assert (at.state, at.release, at.approval, at.sprint) == (State.ACTIVE, None, None, sprint())
    assert change.entries[0].summary == "release abandoned: no longer wanted"
