"""What is listed where, by the table of design 3.1, over every document that the core can reach."""

from datetime import timedelta

import pytest

from sentinel.core.catalog import Tool, access, accesses, next_unlock
from sentinel.core.instant import Instant
from sentinel.core.release import OperationKind, Project
from sentinel.core.states import State
from tests.core.exploration import TIMES, Exploration
from tests.core.projects import SOAKED

LISTED = {
    "IDLE": "start_sprint",
    "ACTIVE": "run_tests prepare_release",
    "ACTIVE+tests": "run_tests abandon_release",
    "ACTIVE+prepare": "prepare_release abandon_release",
    "RELEASE_CANDIDATE": "deploy(staging) abandon_release",
    "STAGING+staging": "abandon_release",
    "SOAKING": "deploy(staging) abandon_release",
    "SOAKING, over": "deploy(staging) deploy(production) abandon_release",
    "SOAKING+promotion": "abandon_release",
    "SOAKING+promotion, over": "deploy(production) abandon_release",
    "AWAITING_APPROVAL": "abandon_release",
    "AWAITING_APPROVAL+deployment": "abandon_release",
    "DEPLOYING+deployment": "",
    "VERIFYING+deployment": "",
    "ARCHIVED+deployment": "",
    "ROLLING_BACK+rollback": "",
    "HALTED": "",
}
"""What each state lists beside `release_status`, which is always there, and `emergency_rollback`, which production
decides. While an operation runs, its own tool is listed, for a repeated call follows it; the others are not."""

ORDER = (
    "release_status",
    "start_sprint",
    "run_tests",
    "prepare_release",
    "deploy(staging)",
    "deploy(production)",
    "emergency_rollback",
    "abandon_release",
)


def names(project: Project, now: Instant, *, locked: bool) -> list[str]:
    rows = [row for row in accesses(project, now) if locked or row.lock is None]
    return [f"{row.tool}({row.target})" if row.target else f"{row.tool}" for row in rows]


def place(project: Project, now: Instant) -> str:
    over = project.state is State.SOAKING and now == SOAKED
    running = f"+{project.operation.kind}" if project.operation else ""
    return f"{project.state}{running}{', over' if over else ''}"


def goes_back(project: Project) -> bool:
    """Whether production has an earlier release to go back to and nothing is rolling back."""
    if project.state is State.HALTED:
        return project.rollback is not None and project.rollback.target is not None
    in_production = project.state in (State.DEPLOYING, State.VERIFYING)
    return project.state is not State.ROLLING_BACK and len(project.lineage) >= (1 if in_production else 2)


@pytest.mark.requirement("P5-dynamic", "P5-locked")
def test_every_document_lists_what_the_table_says(found: Exploration) -> None:
    seen = set()
    for project in found.documents.values():
        for now in TIMES:
            seen.add(place(project, now))
            expected = {"release_status", *LISTED[place(project, now)].split()}
            expected |= {"emergency_rollback"} if goes_back(project) else set()
            assert set(names(project, now, locked=False)) == expected, (place(project, now), project)
    assert seen == set(LISTED)


def test_the_order_is_always_the_same(found: Exploration) -> None:
    for project in found.documents.values():
        assert tuple(names(project, SOAKED, locked=True)) == ORDER


@pytest.mark.requirement("P2-staging-first", "P2.2-minimum")
def test_production_is_never_offered_before_a_passed_staging_and_an_elapsed_soak(found: Exploration) -> None:
    offered = 0
    for project in found.documents.values():
        for now in TIMES:
            if access(project, now, Tool.DEPLOY, "production").lock is None:
                offered += 1
                assert project.release is not None
                assert project.release.staged is not None
                assert project.release.staged.soak.is_over(now)
    assert offered


def test_a_list_changes_by_itself_when_the_soak_ends_and_at_no_other_time(found: Exploration) -> None:
    soaking, over = TIMES
    for project in found.documents.values():
        waits = project.state is State.SOAKING and project.operation is None
        running = project.operation is not None
        left = timedelta(seconds=1) if waits else None
        assert next_unlock(project, soaking) == (timedelta(0) if running else left)
        assert next_unlock(project, over) == (timedelta(0) if running else None)
        if not running and not waits:
            assert names(project, soaking, locked=False) == names(project, over, locked=False)


@pytest.mark.requirement("P5-locked")
def test_every_lock_says_why_and_what_to_do_instead(found: Exploration) -> None:
    for project in found.documents.values():
        for now in TIMES:
            for row in accesses(project, now):
                assert row.lock is None or (row.lock.reason.endswith(".") and row.lock.instead.endswith("."))


def test_a_running_operation_locks_the_others_and_not_itself(found: Exploration) -> None:
    tools = {OperationKind.TESTS: Tool.PREPARE_RELEASE, OperationKind.PREPARE: Tool.RUN_TESTS}
    for project in found.documents.values():
        if project.operation is not None and project.operation.kind in tools:
            lock = access(project, SOAKED, tools[project.operation.kind]).lock
            assert lock is not None
            assert lock.reason == f"The operation {project.operation.kind} is running."
