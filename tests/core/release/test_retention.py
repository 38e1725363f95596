"""What is kept of the past is never less than a rollback needs."""

from datetime import timedelta

import pytest

from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.model import Deployed, OperationKind, Project
from sentinel.core.release.retention import Retention, forget_releases, kept_checkouts, needed_releases
from sentinel.core.release.states import Cause, State
from tests.core.projects import NOON, deployed, evidence, fresh, outcome, project, running

LONG = Retention(releases=2, age=timedelta(hours=700))


def released(count: int) -> Project:
    """`count` archived releases an hour apart, the newest of them an hour ago and in production."""
    lineage = tuple(
        deployed(f"1.{number}.0").model_copy(
            update={"release_id": f"r{number}", "deployed_at": NOON - timedelta(hours=count - number)}
        )
        for number in range(count)
    )
    return project(State.IDLE, lineage=lineage)


def kept(at: Project, retention: Retention) -> list[str]:
    change = forget_releases(at, retention, NOON)
    return [release.version for release in (change.project if change else at).lineage]


def test_the_newest_releases_are_kept() -> None:
    assert kept(released(5), LONG) == ["1.3.0", "1.4.0"]


def test_none_is_kept_for_longer_than_is_said_but_what_production_runs_and_goes_back_to() -> None:
    day = Retention(releases=50, age=timedelta(hours=3))
    assert kept(released(5), day) == ["1.2.0", "1.3.0", "1.4.0"]
    assert kept(released(5), Retention(releases=50, age=timedelta(seconds=1))) == ["1.3.0", "1.4.0"]


def test_nothing_is_said_where_nothing_goes() -> None:
    assert forget_releases(released(2), LONG, NOON) is None
    assert forget_releases(project(State.IDLE), LONG, NOON) is None


def forgotten(at: Project, retention: Retention) -> Project:
    change = forget_releases(at, retention, NOON)
    assert change is not None
    return change.project


def test_the_artifacts_of_what_is_kept_are_needed_and_both_ends_of_a_rollback() -> None:
    at = forgotten(released(5), LONG)
    assert needed_releases(at) == {"r3", "r4"}
    plan = rollback.plan_rollback(released(5), reason="slow", cause=Cause.AGENT, now=NOON)
    assert plan is not None
    assert needed_releases(fresh().model_copy(update={"rollback": plan})) == {"r3", "r4"}


def test_what_is_forgotten_is_in_the_history() -> None:
    change = forget_releases(released(5), LONG, NOON)
    assert change is not None
    (entry,) = change.entries
    assert (entry.kind, entry.actor, entry.summary) == (
        "releases.forgotten",
        "sentinel",
        "3 archived releases forgotten",
    )
    assert entry.data["tags"] == ["v1.0.0", "v1.1.0", "v1.2.0"]


@pytest.mark.parametrize("state", [State.RELEASE_CANDIDATE, State.SOAKING, State.VERIFYING])
def test_the_artifacts_of_a_release_under_way_are_needed(state: State) -> None:
    at = project(state)
    assert at.release is not None
    assert at.release.id in needed_releases(at)


def test_an_adopted_release_has_no_artifacts_that_are_needed() -> None:
    adopted = Deployed(version="1.0.0", tag="v1.0.0", commit="c" * 40, deployed_at=NOON)
    assert needed_releases(project(State.IDLE, lineage=(adopted,))) == set()


def left(at: Project, *names: str) -> tuple[Deployed, ...]:
    """The lineage, with the checkouts of its newest releases."""
    older = at.lineage[: -len(names)]
    newest = zip(at.lineage[-len(names) :], names, strict=True)
    return (*older, *(deployed.model_copy(update={"checkout": name}) for deployed, name in newest))


def test_the_checkouts_of_production_and_of_the_release_before_it_stay() -> None:
    at = released(3)
    found = kept_checkouts(at.model_copy(update={"lineage": left(at, "a/checkout-1", "b/checkout-1", "c/checkout-1")}))
    assert found.folders == {"b/checkout-1", "c/checkout-1"}
    assert found.operations == frozenset()
    assert not found.every_production
    assert found.holders == {"b", "c"}
    assert [found.keeps("c", name) for name in ("checkout-1", "checkout-2")] == [True, False]


def test_a_release_that_an_older_version_deployed_may_run_from_any_checkout_of_production() -> None:
    assert kept_checkouts(released(1)).every_production
    adopted = deployed("1.0.0", policy=None)
    assert not kept_checkouts(project(State.IDLE, lineage=(adopted,))).every_production


def test_a_candidates_staging_keeps_its_checkout_until_the_release_is_over() -> None:
    for state in (State.SOAKING, State.AWAITING_APPROVAL, State.VERIFYING):
        at = project(state)
        assert at.release is not None
        assert at.release.staged is not None
        staged = at.release.staged.model_copy(update={"operation": "staging"})
        at = at.model_copy(update={"release": at.release.model_copy(update={"staged": staged})})
        assert "staging" in kept_checkouts(at).operations
    assert "staging" not in kept_checkouts(project(State.IDLE)).operations


def test_what_failed_last_keeps_its_checkout_until_the_next_of_its_kind_is_over() -> None:
    at = running(project(State.ACTIVE), OperationKind.TESTS)
    failed = lifecycle.record_tests(at, evidence(passed=False), outcome(at, "2 failed.", ok=False)).project
    assert kept_checkouts(failed).operations == {"operation-1"}
    again = running(failed, OperationKind.TESTS)
    assert kept_checkouts(again).operations == {"operation-1", "operation-2"}
    passed = lifecycle.record_tests(again, evidence(), outcome(again, "They passed.")).project
    assert kept_checkouts(passed).operations == frozenset()


def test_both_ends_of_a_rollback_keep_theirs() -> None:
    at = project(State.ROLLING_BACK, lineage=(deployed("1.0.0", checkout="a/checkout-1"),))
    assert at.rollback is not None
    leaving = at.rollback.leaving.model_copy(update={"checkout": "b/checkout-1"})
    at = at.model_copy(update={"rollback": at.rollback.model_copy(update={"leaving": leaving})})
    found = kept_checkouts(at)
    assert found.folders == {"a/checkout-1", "b/checkout-1"}
    assert at.operation is not None
    assert at.operation.id in found.operations
