"""`ReleaseStatus`: what every tool and `sentinel status` answer from the document alone."""

import hashlib
import json
from datetime import timedelta

import pytest

from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.model import BlockedBy, Cancel, OperationKind, Project
from sentinel.core.release.rollback import halted as halted_text
from sentinel.core.release.rollback import rolled_back
from sentinel.core.release.states import ASKED, PDV_FAILURE, Cause, Event, State, headed
from sentinel.core.tools.next_steps import state_sentence
from sentinel.core.tools.status import ReleaseStatus, Trust, status_of
from tests.core.exploration import TIMES, Exploration
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
    rollback_asked,
    running,
    sprint,
    staging_failed,
)

EARLY = instant(timedelta(seconds=15))
GATE = BlockedBy(gate="sprint", message="1 Open Task", fix="Finish it.")
BLOCKED = "Release Blocked. You have 1 Open Task."


def refused(at: Project | None = None) -> Project:
    preparing = running(at or project(State.ACTIVE), OperationKind.PREPARE)
    ended = outcome(preparing, BLOCKED, ok=False).model_copy(update={"blocked_by": (GATE,)})
    return lifecycle.refuse_candidate(preparing, ended).project


def wanted(at: Project) -> bool:
    """A rollback runs that somebody asked for."""
    return at.state is State.ROLLING_BACK and at.rollback is not None and at.rollback.cause in ASKED


def test_every_document_has_a_status_with_a_sentence_and_a_next_step(found: Exploration) -> None:
    for at in found.documents.values():
        for now in TIMES:
            status = status_of(at, now, trust="advisory")
            assert ReleaseStatus.model_validate_json(status.model_dump_json()) == status
            assert status.message.removeprefix(f"{PDV_FAILURE}\n").startswith(at.state)
            assert status.message.endswith(".")
            assert status.ok is (at.state not in (State.ROLLING_BACK, State.HALTED) or wanted(at))
            assert status.next
            assert (status.operation is None) == (at.operation is None)


@pytest.mark.parametrize("trust", ["advisory", "separated"])
def test_a_fresh_project_says_little_but_how_far_it_is_trusted(trust: Trust) -> None:
    status = status_of(project(), EARLY, trust=trust)
    assert (status.ok, status.state, status.message, status.trust) == (True, "IDLE", "IDLE.", trust)
    assert (status.sprint, status.release, status.production, status.operation, status.approval) == (None,) * 5
    assert (status.project, status.locked, status.blocked_by) == ("shop", (), ())


def test_what_decides_comes_first_and_the_long_part_last() -> None:
    """Some clients cut the end off."""
    names = list(json.loads(status_of(project(State.SOAKING), EARLY, trust="advisory").model_dump_json()))
    assert names[:5] == ["ok", "state", "message", "next", "blocked_by"]
    assert names[-1] == "release"


def test_of_many_artifacts_the_first_are_shown_with_one_digest_over_all() -> None:
    artifacts = tuple(artifact(f"dist/{number:03}.js", sha256=f"{number:064x}") for number in reversed(range(400)))
    at = project(State.SOAKING)
    many = at.model_copy(update={"release": release(artifacts=artifacts)})
    shown = status_of(many, EARLY, trust="advisory").release
    assert shown is not None
    assert (len(shown.artifacts), shown.artifact_count) == (20, 400)
    written = "".join(f"{number:064x}  dist/{number:03}.js\n" for number in range(400))
    assert shown.artifacts_sha256 == hashlib.sha256(written.encode()).hexdigest()
    assert len(status_of(many, EARLY, trust="advisory").model_dump_json()) < 5000


def test_a_lock_is_shown_where_it_says_more_than_the_state() -> None:
    alone = project(State.VERIFYING)
    (lock,) = status_of(alone, EARLY, trust="advisory").locked
    assert (lock.tool, lock.reason) == ("emergency_rollback", "Production has no earlier release to go back to.")
    assert status_of(project(State.VERIFYING, lineage=(deployed("1.1.0"),)), EARLY, trust="advisory").locked == ()
    for state in (State.ACTIVE, State.RELEASE_CANDIDATE, State.STAGING, State.AWAITING_APPROVAL):
        assert status_of(project(state), EARLY, trust="advisory").locked == ()


def test_a_candidate_is_shown_with_its_bytes_and_its_soak() -> None:
    status = status_of(project(State.SOAKING, lineage=(deployed("1.1.0"),)), EARLY, trust="advisory")
    assert status.sprint == "Autumn"
    assert status.release is not None
    assert (status.release.type, status.release.version, status.release.tag) == ("minor", "1.2.0", "v1.2.0")
    assert [(each.name, each.sha256) for each in status.release.artifacts] == [("dist/shop.tar.gz", "a" * 64)]
    assert status.release.soak_until == NOON + SOAK
    assert status.release.changes == release().changes
    assert status.production is not None
    assert status.production.version == "1.1.0"


@pytest.mark.requirement("P2.2-message")
def test_the_soak_counts_down_in_the_words_of_the_protocol() -> None:
    at = project(State.SOAKING)
    status = status_of(at, EARLY, trust="advisory")
    assert status.message == "SOAKING: v1.2.0 runs on staging. Production unlocks in 09:45."
    assert "Violation" not in status.model_dump_json()  # nobody has violated anything
    (lock,) = status.locked
    assert (lock.tool, lock.target) == ("deploy", "production")
    assert lock.reason == "Production unlocks when the soak is over."
    assert (lock.unlocks_at, lock.remaining_seconds) == (NOON + SOAK, 585)
    assert status_of(at, instant(timedelta(seconds=15.5)), trust="advisory").locked[0].remaining_seconds == 585
    assert state_sentence(at, SOAKED) == "SOAKING: the soak is over, production is unlocked for v1.2.0."


def test_what_runs_is_shown_with_its_step() -> None:
    at = project(State.STAGING)
    assert state_sentence(at, EARLY) == "STAGING: staging is running."
    assert at.operation is not None
    at = at.model_copy(update={"operation": at.operation.model_copy(update={"step": "smoke"})})
    assert state_sentence(at, EARLY) == "STAGING: staging is running, at smoke."
    shown = status_of(at, EARLY, trust="advisory").operation
    assert shown is not None
    assert (shown.kind, shown.status, shown.step, shown.started_at) == ("staging", "running", "smoke", NOON)
    at = rollback.request_cancel(at, Cancel(then="stop", reason="Stop.", by=AGENT)).project
    shown = status_of(at, EARLY, trust="advisory").operation
    assert shown is not None
    assert shown.status == "cancelling"


def test_the_open_question_is_shown_until_it_is_claimed() -> None:
    asked = status_of(project(State.AWAITING_APPROVAL), SOAKED, trust="advisory").approval
    assert asked is not None
    assert (asked.kind, asked.expires_at) == ("deployment", SOAKED.wall + timedelta(minutes=15))
    assert asked.text.startswith("[SENTINEL DEFCON 1]\n")
    assert status_of(claimed(), SOAKED, trust="advisory").approval is None


def test_a_rollbacks_question_is_shown_before_a_deployments() -> None:
    at = project(State.AWAITING_APPROVAL, lineage=(deployed("1.0.0"), deployed("1.1.0")))
    shown = status_of(rollback_asked(at), SOAKED, trust="advisory").approval
    assert shown is not None
    assert (shown.id, shown.kind) == ("back", "rollback")


def test_what_blocks_a_release_is_shown_while_it_does() -> None:
    status = status_of(refused(), EARLY, trust="advisory")
    assert (status.message, status.blocked_by) == (f"ACTIVE. {BLOCKED}", (GATE,))


def test_an_answer_of_its_own_comes_before_what_the_state_says() -> None:
    status = status_of(refused(), EARLY, trust="advisory", ok=False, message="No.", blocked_by=())
    assert (status.ok, status.message, status.blocked_by) == (False, "No.", ())


def next_sprint(at: Project) -> Project:
    """The sprint is closed, and the next one begins an hour later."""
    later = sprint("sprint-2").model_copy(update={"started_at": NOON + timedelta(hours=1)})
    return lifecycle.start_sprint(lifecycle.close_sprint(at, PERSON).project, later, AGENT).project


def with_tests(at: Project) -> Project:
    at = running(at, OperationKind.TESTS)
    return lifecycle.record_tests(at, evidence(), outcome(at, "The tests passed.")).project


def halted() -> Project:
    return project(State.HALTED, lineage=(deployed("1.1.0"),))


@pytest.mark.parametrize(
    "at",
    [
        lifecycle.close_sprint(refused(), PERSON).project,
        next_sprint(refused()),
        next_sprint(with_tests(project(State.ACTIVE))),
        rollback.resolve(halted(), None, PERSON).project,
    ],
    ids=["closed", "refused in another", "tested in another", "resolved"],
)
def test_what_no_longer_holds_is_no_longer_said(at: Project) -> None:
    """The last outcome speaks for the state that it led to, and for no later one."""
    status = status_of(at, SOAKED, trust="advisory")
    assert (status.message, status.blocked_by) == (f"{at.state}.", ())


@pytest.mark.parametrize("state", [State.RELEASE_CANDIDATE, State.SOAKING, State.AWAITING_APPROVAL])
def test_who_gave_a_candidate_up_and_why_is_said_until_something_else_happens(state: State) -> None:
    at = lifecycle.abandon(project(state), PERSON, "The colour is wrong.", NOON).project
    said = f"v1.2.0 was abandoned by {PERSON}: The colour is wrong. The sprint is still open."
    assert status_of(at, SOAKED, trust="advisory").message == f"ACTIVE. {said}"
    assert state_sentence(with_tests(at), SOAKED) == "ACTIVE. The tests passed."
    closing = lifecycle.close_sprint(at, PERSON).project
    assert state_sentence(closing, SOAKED) == "IDLE."


def closed() -> Project:
    at = project(State.ARCHIVED)
    return lifecycle.close_release(at, outcome(at, "v1.2.0 is verified and archived."), []).project


def with_failed_tests() -> Project:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    return lifecycle.record_tests(at, evidence(passed=False), outcome(at, "2 tests failed.", ok=False)).project


def blind() -> Project:
    at = project(State.VERIFYING, lineage=(deployed("1.1.0"),))
    plan = rollback.plan_rollback(at, reason="blind", cause=Cause.VERIFICATION_BLIND, now=SOAKED.wall)
    assert plan is not None
    return rollback.halt_blind(at, plan, outcome(at, "HALTED: production was out of sight.", ok=False)).project


def not_pushed() -> Project:
    at = claimed()
    message = "Production was not touched, and the approval is spent."
    return lifecycle.spend_approval(at, message, outcome(at, message, ok=False)).project


def refused_production() -> Project:
    at = running(project(State.SOAKING), OperationKind.PROMOTION)
    message = "Production stays LOCKED. Staging is not healthy: /healthz answered 503."
    return lifecycle.end(at, outcome(at, message, ok=False)).project


def rejected() -> Project:
    at = project(State.AWAITING_APPROVAL)
    return lifecycle.refuse_approval(at, PERSON, "The deployment was rejected by ann.", SOAKED.wall).project


def rollback_rejected(state: State) -> Project:
    at = blind() if state is State.HALTED else project(state, lineage=(deployed("1.1.0"), deployed("1.2.0")))
    return rollback.refuse_question(
        rollback_asked(at), PERSON, "The rollback was rejected by ann.", SOAKED.wall
    ).project


def gone_back(*, sprint_open: bool = True) -> Project:
    at = project(State.ROLLING_BACK, lineage=(deployed("1.1.0"),))
    at = at if sprint_open else at.model_copy(update={"sprint": None})
    return rollback.rollback_passed(at, outcome(at, "Rolled back: production runs v1.1.0 again.")).project


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (closed(), "IDLE. v1.2.0 is verified and archived."),
        (with_tests(project(State.ACTIVE)), "ACTIVE. The tests passed."),
        (
            project(State.RELEASE_CANDIDATE),
            "RELEASE_CANDIDATE. Release candidate v1.2.0 is ready. Staging is unlocked.",
        ),
        (with_failed_tests(), "ACTIVE. 2 tests failed."),
        (staging_failed(), "RELEASE_CANDIDATE. Staging of v1.2.0 failed."),
        (project(State.AWAITING_APPROVAL), "AWAITING_APPROVAL. It waits for a human's approval."),
        (
            not_pushed(),
            "SOAKING: the soak is over. Production was not touched, and the approval is spent.",
        ),
        (
            rejected(),
            "SOAKING: the soak is over. The deployment was rejected by ann.",
        ),
        (
            refused_production(),
            "SOAKING: the soak is over. Production stays LOCKED. Staging is not healthy: /healthz answered 503.",
        ),
        (rollback_rejected(State.IDLE), "IDLE. The rollback was rejected by ann."),
        (rollback_rejected(State.ACTIVE), "ACTIVE. The rollback was rejected by ann."),
        (rollback_rejected(State.HALTED), "HALTED: production was out of sight."),
        (gone_back(sprint_open=False), "IDLE. Rolled back: production runs v1.1.0 again."),
        (gone_back(), "ACTIVE. Rolled back: production runs v1.1.0 again."),
        (halted(), "HALTED: the rollback failed."),
        (blind(), "HALTED: production was out of sight."),
    ],
    ids=lambda value: value.state if isinstance(value, Project) else "",
)
def test_the_last_outcome_speaks_for_the_state_that_it_led_to(at: Project, sentence: str) -> None:
    assert state_sentence(at, SOAKED) == sentence


REASON = "6 of 16 probes failed (37.5 %)."


def leaving(cause: Cause) -> Project:
    """A candidate in production is being left for `cause`."""
    at = project(State.VERIFYING, lineage=(deployed("1.1.0"),))
    plan = rollback.plan_rollback(at, reason=REASON, cause=cause, now=SOAKED.wall)
    assert plan is not None
    following = operation(at, OperationKind.ROLLBACK, by="sentinel")
    ended = outcome(at, headed(cause, REASON), ok=False)
    event = Event.ROLLBACK_STARTED if cause in ASKED else rollback.failure_event(cause)
    return rollback.start_rollback(at, plan, following, event=event, actor="sentinel", outcome=ended).project


def stages(cause: Cause) -> list[Project]:
    """The rollback from its beginning, and both of its ends."""
    at = leaving(cause)
    assert at.rollback is not None
    good = rolled_back(at.rollback, proven=True, notes=())
    passed = outcome(at, good).model_copy(update={"cause": cause})
    bad = outcome(at, halted_text(at.rollback, "It answers 500."), ok=False).model_copy(update={"cause": cause})
    return [at, rollback.rollback_passed(at, passed).project, rollback.rollback_failed(at, bad).project]


def test_a_failed_verification_stands_first_from_the_rollbacks_beginning_to_its_end() -> None:
    shown = [status_of(at, SOAKED, trust="advisory") for at in stages(Cause.VERIFICATION_FAILED)]
    assert [status.message.split("\n") for status in shown] == [
        [PDV_FAILURE, f"ROLLING_BACK: rollback is running. Production goes back from v1.2.0 to v1.1.0: {REASON}"],
        [PDV_FAILURE, f"ACTIVE. Rolled back: production runs v1.1.0 again, instead of v1.2.0. {REASON}"],
        [PDV_FAILURE, "HALTED: the rollback failed. It answers 500.", f"It was started because: {REASON}"],
    ]
    assert [status.ok for status in shown] == [False, True, False]
    assert all(status.next for status in shown)


def test_where_there_is_nothing_to_go_back_to_production_is_said_to_stay() -> None:
    at = leaving(Cause.VERIFICATION_FAILED)
    assert at.rollback is not None
    alone = at.model_copy(update={"rollback": at.rollback.model_copy(update={"target": None})})
    said = f"Production stays as v1.2.0 left it, since there is nothing to go back to: {REASON}"
    assert status_of(alone, SOAKED, trust="advisory").message.endswith(f"rollback is running. {said}")


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.VERIFICATION_FAILED}))
def test_no_other_cause_is_called_a_failed_verification(cause: Cause) -> None:
    for at in stages(cause):
        status = status_of(at, SOAKED, trust="advisory")
        assert PDV_FAILURE not in status.message
        assert status.message.startswith(at.state)
        assert REASON in status.message


def test_staging_again_takes_the_soak_from_the_status() -> None:
    at = project(State.SOAKING)
    at = lifecycle.start_staging(at, operation(at, OperationKind.STAGING)).project
    shown = status_of(at, SOAKED, trust="advisory").release
    assert shown is not None
    assert shown.soak_until is None


@pytest.mark.parametrize("kind", [OperationKind.TESTS, OperationKind.PREPARE])
def test_an_old_refusal_is_not_told_while_something_newer_runs(kind: OperationKind) -> None:
    at = running(refused(), kind)
    status = status_of(at, EARLY, trust="advisory")
    assert (status.message, status.blocked_by) == (f"ACTIVE: {kind} is running.", ())
    assert BLOCKED not in status.model_dump_json()
    assert GATE.message not in status.model_dump_json()


def test_an_old_failure_of_staging_or_of_the_tests_is_not_told_while_something_newer_runs() -> None:
    again = staging_failed()
    again = lifecycle.start_staging(again, operation(again, OperationKind.STAGING)).project
    assert "failed" not in status_of(again, EARLY, trust="advisory").model_dump_json()
    tested = running(with_failed_tests(), OperationKind.PREPARE)
    assert "2 tests failed" not in status_of(tested, EARLY, trust="advisory").model_dump_json()
    asked = running(refused_production(), OperationKind.PROMOTION)
    assert "not healthy" not in status_of(asked, SOAKED, trust="advisory").model_dump_json()


def test_while_sentinel_takes_production_back_the_next_step_is_to_wait_and_to_tell_a_person() -> None:
    for cause in Cause:
        follow, *rest = status_of(leaving(cause), SOAKED, trust="advisory").next
        assert follow == (
            "Follow the rollback with `release_status(wait_seconds=45)`; "
            "change nothing in production until it has ended."
        )
        assert [step.startswith("Tell a person that v1.2.0 failed") for step in rest] == [True] * (cause not in ASKED)
