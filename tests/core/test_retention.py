"""What is kept of the past is never less than a rollback needs."""

from datetime import timedelta

import pytest

from sentinel.core import rollback
from sentinel.core.cause import Cause
from sentinel.core.release import Deployed, Project
from sentinel.core.retention import Retention, forget_releases, needed_releases
from sentinel.core.states import State
from tests.core.projects import NOON, deployed, fresh, project

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
