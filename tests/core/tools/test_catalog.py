"""What is listed where, over every document that the core can reach."""

from datetime import timedelta

import pytest

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import (
    Access,
    Tool,
    access,
    accesses,
    next_change,
)
from sentinel.core.tools.locks import ANNOUNCED_AFTER
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.values.times import Instant
from tests.core.exploration import TIMES, Exploration
from tests.core.projects import SOAK, SOAKED, instant, project, running

LISTED = {
    "IDLE": "start_sprint preview_release",
    "ACTIVE": "run_tests prepare_release preview_release",
    "RELEASE_CANDIDATE": "deploy(staging) abandon_release",
    "STAGING": "abandon_release",
    "SOAKING": "deploy(staging) abandon_release",
    "SOAKING, over": "deploy(staging) deploy(production) abandon_release",
    "AWAITING_APPROVAL": "abandon_release",
    "DEPLOYING": "",
    "VERIFYING": "",
    "ARCHIVED": "",
    "ROLLING_BACK": "",
    "HALTED": "",
}
"""What each state lists beside `ALWAYS`, and `emergency_rollback`, which production decides; whatever runs. An
operation of a sprint that lasts adds `abandon_release`."""
ALWAYS = {"release_status", "hold_release"}
HELD_BACK = {"run_tests", "prepare_release", "deploy(staging)", "deploy(production)"}
"""What would begin an operation, which nothing does during a hold."""

CALLABLE = {
    "IDLE+adoption": "preview_release",
    "ACTIVE+adoption": "preview_release",
    "ACTIVE+tests": "run_tests abandon_release preview_release",
    "ACTIVE+prepare": "prepare_release abandon_release preview_release",
    "SOAKING+promotion": "abandon_release",
    "SOAKING+promotion, over": "deploy(production) abandon_release",
}
"""What can be called besides, where something runs: a repeated call follows its operation, others are refused."""

ORDER = (
    "release_status",
    "start_sprint",
    "run_tests",
    "prepare_release",
    "deploy(staging)",
    "deploy(production)",
    "emergency_rollback",
    "abandon_release",
    "preview_release",
    "hold_release",
)


def names(project: Project, now: Instant) -> list[str]:
    return [_name(row) for row in accesses(project, now) if row.listed]


def callable_names(project: Project, now: Instant) -> list[str]:
    return [_name(row) for row in accesses(project, now) if row.lock is None]


def _name(row: Access) -> str:
    return f"{row.tool}({row.target})" if row.target else f"{row.tool}"


def place(project: Project, now: Instant, *, running: bool) -> str:
    over = project.state is State.SOAKING and now == SOAKED
    kind = f"+{project.operation.kind}" if project.operation and running else ""
    return f"{project.state}{kind}{', over' if over else ''}"


def goes_back(project: Project) -> bool:
    """Whether production has an earlier release to go back to and nothing is rolling back."""
    if project.rollback is not None and project.state is State.HALTED:
        return project.rollback.target is not None
    in_production = project.state in (State.DEPLOYING, State.VERIFYING)
    return project.state is not State.ROLLING_BACK and len(project.lineage) >= (1 if in_production else 2)


@pytest.mark.requirement("P5-dynamic", "P5-locked")
def test_every_document_lists_what_the_table_says(found: Exploration) -> None:
    seen = set()
    for document in found.documents.values():
        for now in TIMES:
            seen.add(place(document, now, running=False))
            expected = {*ALWAYS, *LISTED[place(document, now, running=False)].split()}
            expected |= {"emergency_rollback"} if goes_back(document) else set()
            lasts = document.operation is not None and document.operation.started.elapsed_to(now) >= ANNOUNCED_AFTER
            adopts = document.operation is not None and document.operation.kind is OperationKind.ADOPTION
            expected |= {"abandon_release"} if document.state is State.ACTIVE and lasts and not adopts else set()
            expected -= HELD_BACK if document.hold is not None and document.operation is None else set()
            assert set(names(document, now)) == expected, (place(document, now, running=True), document)
    assert seen == set(LISTED)


@pytest.mark.requirement("P5-locked")
def test_every_document_takes_the_calls_that_the_table_says(found: Exploration) -> None:
    seen = set()
    for document in found.documents.values():
        for now in TIMES:
            where = place(document, now, running=True)
            seen.add(where)
            of_state = LISTED[place(document, now, running=False)]
            expected = {*ALWAYS, *CALLABLE.get(where, of_state).split()}
            expected |= {"emergency_rollback"} if goes_back(document) else set()
            expected -= HELD_BACK if document.hold is not None and document.operation is None else set()
            assert set(callable_names(document, now)) == expected, (where, document)
    assert seen >= set(CALLABLE)


def test_an_operation_changes_the_list_of_a_sprint_only_where_it_lasts() -> None:
    """Clients re-read at each change: a list that goes away and comes back makes them report tools as gone."""
    at = project(State.ACTIVE)
    for kind in (OperationKind.TESTS, OperationKind.PREPARE):
        busy = running(at, kind)
        assert names(busy, instant(timedelta(seconds=1.9))) == names(at, instant())
        assert next_change(busy, instant(timedelta(seconds=0.5))) == timedelta(seconds=1.5)
        *earlier, preview, hold = names(at, instant())
        assert names(busy, instant(timedelta(seconds=2))) == [*earlier, "abandon_release", preview, hold]
        assert next_change(busy, instant(timedelta(seconds=2))) is None
        assert access(busy, instant(), Tool.ABANDON_RELEASE).lock is None
        set_back = instant(timedelta(seconds=2)).model_copy(update={"wall": instant(timedelta(hours=-1)).wall})
        assert next_change(busy, set_back) is None


def test_what_is_to_be_called_next_is_listed(found: Exploration) -> None:
    for at in found.documents.values():
        for now in TIMES:
            listed = {row.tool for row in accesses(at, now) if row.listed}
            steps = " ".join(next_steps(at, now))
            assert {tool for tool in Tool if f"`{tool}" in steps} <= listed, (steps, at)


@pytest.mark.requirement("P2-staging-first", "P2.2-minimum")
def test_production_is_never_offered_before_a_passed_staging_and_an_elapsed_soak(found: Exploration) -> None:
    offered = 0
    for document in found.documents.values():
        for now in TIMES:
            if access(document, now, Tool.DEPLOY, "production").lock is None:
                offered += 1
                assert document.release is not None
                assert document.release.staged is not None
                assert document.release.staged.soak.is_over(now)
    assert offered


def test_a_list_changes_by_itself_when_the_soak_ends_or_an_operation_lasts_and_at_no_other_time(
    found: Exploration,
) -> None:
    soaking, over = TIMES
    for at in found.documents.values():
        change = next_change(at, soaking)
        assert next_change(at, over) is None
        if change is None:
            assert names(at, soaking) == names(at, over)
        else:
            assert names(at, soaking) != names(at, over)
            almost = instant(SOAK - timedelta(seconds=1) + change - timedelta(milliseconds=1))
            assert names(at, soaking) == names(at, almost)


@pytest.mark.requirement("P5-locked")
def test_every_lock_says_why(found: Exploration) -> None:
    for document in found.documents.values():
        for now in TIMES:
            for row in accesses(document, now):
                assert row.lock is None or row.lock.reason.endswith(".")


def test_a_running_operation_locks_the_others_and_not_itself(found: Exploration) -> None:
    tools = {OperationKind.TESTS: Tool.PREPARE_RELEASE, OperationKind.PREPARE: Tool.RUN_TESTS}
    for at in found.documents.values():
        if at.operation is not None and at.operation.kind in tools:
            lock = access(at, SOAKED, tools[at.operation.kind]).lock
            assert lock is not None
            assert lock.reason == f"The operation {at.operation.kind} is running."
