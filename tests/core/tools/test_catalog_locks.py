"""The words of a lock: why a tool is not there, and what to do instead."""

from datetime import timedelta
from itertools import pairwise

import pytest

from sentinel.core.release import lifecycle
from sentinel.core.release.change import update
from sentinel.core.release.model import OperationKind, Project, Soak, Staged
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import Tool, access, next_change
from sentinel.core.tools.locks import Lock
from sentinel.core.tools.next_steps import named_wait, next_steps
from sentinel.core.values.times import Instant
from tests.core.projects import (
    NOON,
    PERSON,
    PIN,
    SOAK,
    SOAKED,
    claimed,
    deployed,
    instant,
    operation,
    outcome,
    project,
    release,
    rollback_asked,
    running,
    staging_failed,
)


def lock(at: Project, now: Instant, tool: Tool, target: str | None = None) -> Lock:
    found = access(at, now, tool, target).lock
    assert found is not None, f"{tool} is not locked in {at.state}"
    return found


def soaking(length: timedelta) -> Project:
    at = project(State.STAGING)
    staged = Staged(artifacts=release().artifacts, soak=Soak(started=instant(), length=length))
    return lifecycle.staging_passed(at, staged, outcome(at)).project


FAILED = staging_failed(
    "Staging of v1.2.0 failed; production stays LOCKED. Staging is not healthy: /healthz answered 503.\nand a log"
)


@pytest.mark.requirement("P2.2-message", "P5-locked")
@pytest.mark.parametrize(
    ("length", "elapsed", "sentence"),
    [
        (SOAK, timedelta(seconds=15), "Soak Time Violation. Production unlock in 09:45."),
        (SOAK, timedelta(0), "Soak Time Violation. Production unlock in 10:00."),
        (SOAK, timedelta(minutes=9, seconds=59.5), "Soak Time Violation. Production unlock in 00:01."),
        (timedelta(hours=1, minutes=10), timedelta(seconds=15), "Soak Time Violation. Production unlock in 1:09:45."),
    ],
)
def test_an_early_call_is_told_how_long_to_wait(length: timedelta, elapsed: timedelta, sentence: str) -> None:
    found = lock(soaking(length), instant(elapsed), Tool.DEPLOY, "production")
    assert found.reason == sentence
    assert (found.unlocks_at, found.remaining) == (NOON + length, length - elapsed)
    assert next_change(soaking(length), instant(elapsed)) == length - elapsed


@pytest.mark.requirement("P2.2-timer")
def test_the_soak_begins_with_the_staging_that_passed_and_is_lost_by_the_next_one() -> None:
    at = project(State.SOAKING)
    assert access(at, SOAKED, Tool.DEPLOY, "production").lock is None
    again = lifecycle.start_staging(at, operation(at, OperationKind.STAGING)).project
    soak = Soak(started=SOAKED, length=SOAK)
    again = lifecycle.staging_passed(
        again, Staged(artifacts=release().artifacts, soak=soak), outcome(again, "Staging is healthy.")
    ).project
    assert lock(again, SOAKED, Tool.DEPLOY, "production").remaining == SOAK
    assert access(again, instant(2 * SOAK), Tool.DEPLOY, "production").lock is None


@pytest.mark.requirement("P2.2-minimum")
def test_a_wall_clock_that_is_set_forward_does_not_unlock_production() -> None:
    forward = instant().model_copy(update={"wall": NOON + timedelta(days=1)})
    assert lock(project(State.SOAKING), forward, Tool.DEPLOY, "production").remaining == SOAK


@pytest.mark.requirement("P2.1-gate")
def test_a_failed_staging_leaves_production_locked_and_says_why() -> None:
    at = FAILED
    assert at.state is State.RELEASE_CANDIDATE
    assert lock(at, SOAKED, Tool.DEPLOY, "production").reason == (
        "Production is LOCKED: v1.2.0 has not passed staging. "
        "Staging of v1.2.0 failed; production stays LOCKED. Staging is not healthy: /healthz answered 503."
    )


def test_a_new_candidate_is_not_blamed_for_the_staging_of_an_earlier_one() -> None:
    at = running(lifecycle.abandon(FAILED, PERSON, "start over", NOON).project, OperationKind.PREPARE)
    at = lifecycle.accept_candidate(at, release("1.3.0"), outcome(at)).project
    found = lock(at, SOAKED, Tool.DEPLOY, "production")
    assert found.reason == "Production is LOCKED: v1.3.0 has not passed staging."


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.IDLE, "Production is LOCKED: there is no release candidate; the state is IDLE."),
        (State.ACTIVE, "Production is LOCKED: there is no release candidate; the state is ACTIVE."),
        (State.RELEASE_CANDIDATE, "Production is LOCKED: v1.2.0 has not passed staging."),
        (State.STAGING, "Production is LOCKED: v1.2.0 is being deployed to staging."),
        (State.AWAITING_APPROVAL, "Production waits for a human's approval of v1.2.0."),
        (State.DEPLOYING, "v1.2.0 is being deployed to production."),
        (State.VERIFYING, "v1.2.0 is in production and being verified."),
        (State.ARCHIVED, "v1.2.0 is in production and being closed."),
        (State.ROLLING_BACK, "Production is LOCKED: a rollback is running."),
        (State.HALTED, "Production is LOCKED: Sentinel has halted and a person must resolve it."),
    ],
)
def test_every_state_says_why_production_is_locked(state: State, reason: str) -> None:
    assert lock(project(state), SOAKED, Tool.DEPLOY, "production").reason == reason


@pytest.mark.parametrize(
    ("at", "tool", "target", "reason"),
    [
        (project(State.SOAKING), Tool.START_SPRINT, None, "This is allowed in state IDLE; the state is SOAKING."),
        (project(), Tool.RUN_TESTS, None, "This is allowed in state ACTIVE; the state is IDLE."),
        (
            project(),
            Tool.DEPLOY,
            "staging",
            "This is allowed in state RELEASE_CANDIDATE or SOAKING; the state is IDLE.",
        ),
        (project(State.STAGING), Tool.DEPLOY, "staging", "A staging deployment is running."),
        (project(), Tool.EMERGENCY_ROLLBACK, None, "Production has no earlier release to go back to."),
        (project(State.ROLLING_BACK), Tool.EMERGENCY_ROLLBACK, None, "A rollback is running already."),
        (project(), Tool.ABANDON_RELEASE, None, "There is nothing to abandon; the state is IDLE."),
        (
            project(State.VERIFYING),
            Tool.ABANDON_RELEASE,
            None,
            "A release in production cannot be abandoned; the state is VERIFYING.",
        ),
    ],
)
def test_every_tool_says_why_it_is_locked(at: Project, tool: Tool, target: str | None, reason: str) -> None:
    assert lock(at, SOAKED, tool, target).reason == reason


def test_staging_waits_for_the_checks_that_come_before_the_question() -> None:
    at = running(project(State.SOAKING), OperationKind.PROMOTION)
    assert lock(at, SOAKED, Tool.DEPLOY, "staging").reason == "The operation promotion is running."


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.IDLE, 'Call `start_sprint(name="…")`.'),
        (State.ACTIVE, 'Finish the sprint\'s tasks, call `run_tests`, then `prepare_release(type="…")`.'),
        (State.RELEASE_CANDIDATE, 'Call `deploy(target="staging")`.'),
        (State.STAGING, "Follow the staging deployment with `release_status(wait_seconds=45)`."),
        (State.SOAKING, 'Call `deploy(target="production", version="v1.2.0")`.'),
        (State.DEPLOYING, "Follow the deployment with `release_status(wait_seconds=45)`."),
        (State.VERIFYING, "Follow the verification with `release_status(wait_seconds=45)`."),
        (State.ARCHIVED, "Wait for the closure with `release_status(wait_seconds=45)`."),
        (
            State.ROLLING_BACK,
            "Follow the rollback with `release_status(wait_seconds=45)`; "
            "change nothing in production until it has ended.",
        ),
        (State.HALTED, "A person looks at production, then runs `sentinel resolve --production VERSION|none`."),
    ],
)
def test_every_state_says_what_to_do_next(state: State, step: str) -> None:
    assert next_steps(project(state, pin=PIN), SOAKED)[0] == step


def test_the_agent_is_told_what_to_tell_its_person_and_until_when() -> None:
    assert next_steps(project(State.AWAITING_APPROVAL), SOAKED, wait=48) == (
        "Tell a person: v1.2.0 (5 files, +120/-40) goes to production only when they run `sentinel approve` in a "
        "terminal in the repository of shop, until 2030-05-01 12:25:00 UTC.",
        "Then wait for the answer with `release_status(wait_seconds=48)`.",
    )


def test_an_open_question_about_a_rollback_is_told_in_every_state() -> None:
    for state in (State.IDLE, State.ACTIVE, State.SOAKING):
        at = project(state, lineage=(deployed("1.0.0"), deployed("1.1.0")), pin=PIN)
        first, *rest = next_steps(rollback_asked(at), SOAKED)
        assert first.startswith("Tell a person: production goes back from v1.1.0 to v1.0.0 only when they run `sent")
        assert tuple(rest) == next_steps(at, SOAKED)


def test_a_halted_project_with_a_way_back_names_it() -> None:
    at = project(State.HALTED, lineage=(deployed("1.1.0"),))
    assert '`sentinel rollback --reason "…"`' in next_steps(at, SOAKED)[0]


def test_after_a_refusal_the_next_step_is_not_the_same_call_again() -> None:
    """An agent would ask for ever."""
    staged = next_steps(FAILED, SOAKED)
    assert staged[0].startswith("If the fault is in staging itself, fix it there")
    assert "abandon_release" in staged[1]
    at = running(project(State.SOAKING), OperationKind.PROMOTION)
    at = lifecycle.end(at, outcome(at, "Production stays LOCKED. Staging is not healthy.", ok=False)).project
    assert next_steps(at, SOAKED)[0] == (
        'Correct what stopped it, then call `deploy(target="production", version="v1.2.0")`.'
    )
    rejected = lifecycle.refuse_approval(project(State.AWAITING_APPROVAL), PERSON, "Rejected by ann.", NOON).project
    assert next_steps(rejected, SOAKED)[0].startswith("Ask a person whether v1.2.0 should go to production")


@pytest.mark.parametrize(
    ("state", "kind", "after"),
    [
        (State.ACTIVE, OperationKind.TESTS, ("Run `git push origin main`. Then call `run_tests`.",)),
        (
            State.ACTIVE,
            OperationKind.PREPARE,
            ('Run `git push origin main`. Then call `run_tests` and `prepare_release(type="…")`.',),
        ),
        (
            State.SOAKING,
            OperationKind.PROMOTION,
            (
                "Run `git push origin main`.",
                'If v1.2.0 can go on after that, call `deploy(target="production", version="v1.2.0")`.',
            ),
        ),
    ],
)
def test_a_refusal_that_says_what_to_do_is_followed_by_no_other_advice(
    state: State, kind: OperationKind, after: tuple[str, ...]
) -> None:
    """The newest commit was not pushed: there is nothing to correct and to commit."""
    trusted = update(project(state), "policy.trusted", PERSON, "trusted", {"pin": PIN}).project
    at = running(trusted, kind)
    refused = outcome(at, "It is not pushed. Run `git push origin main`.", ok=False)
    at = lifecycle.end(at, refused.model_copy(update={"fix": "Run `git push origin main`."})).project
    assert next_steps(at, SOAKED) == after


@pytest.mark.parametrize("longest", [1, 2, 50, 540, 3600])
def test_each_answer_names_another_wait_that_the_client_can_bear(longest: int) -> None:
    named = [named_wait(longest, count) for count in range(50)]
    assert all(1 <= wait <= longest for wait in named)
    assert all(first != second for first, second in pairwise(named)) or longest == 1
    assert min(named) > 0.8 * longest - 1 or longest < 10


def test_a_step_waits_for_as_long_as_its_reader_can() -> None:
    assert next_steps(soaking(SOAK), instant(), wait=537) == (
        "Wait for the end of the soak with `release_status(wait_seconds=537)`.",
        'When it is over, call `deploy(target="production", version="v1.2.0")`.',
    )


def test_a_person_is_asked_to_trust_the_policy_before_anything_is_done() -> None:
    trust = "A person reads and pins the policy with `sentinel trust`."
    for state in (State.IDLE, State.ACTIVE):
        assert next_steps(project(state), SOAKED) == (trust, *next_steps(project(state, pin=PIN), SOAKED))


def test_a_claimed_approval_is_followed_and_not_asked_for_again() -> None:
    assert next_steps(claimed(), SOAKED) == ("Follow the running operation with `release_status(wait_seconds=45)`.",)
