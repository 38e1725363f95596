"""No reachable document is a dead end: every busy one has a runner or a way out."""

import pytest

from sentinel.core.release.states import State
from tests.core.exploration import Exploration, key_of

CHANGING = frozenset({State.DEPLOYING, State.VERIFYING, State.ARCHIVED, State.ROLLING_BACK})
"""Production is being changed, or was and is not closed: never without a running operation."""


def test_what_changes_production_never_stands_still(found: Exploration) -> None:
    assert all(project.operation for project in found.documents.values() if project.state in CHANGING)
    assert all(project.operation for project in found.documents.values() if project.approval and project.approval.claim)


def test_every_running_operation_can_fail_whatever_else_is_asked(found: Exploration) -> None:
    for key, project in found.documents.items():
        if project.operation is not None:
            ways = [edge for edge in found.edges_from(key) if edge.action.failure]
            assert ways, key
            assert all(edge.after.operation != project.operation for edge in ways)


def test_the_runner_alone_brings_every_operation_to_its_end(found: Exploration) -> None:
    quiet = {key for key, project in found.documents.items() if project.operation is None}
    by_runner = (edge for edge in found.edges if edge.action.by == "runner")
    assert found.leading_to(quiet, by_runner) == set(found.documents)


@pytest.mark.requirement("P4.2-idle")
def test_every_document_leads_back_to_idle(found: Exploration) -> None:
    idle = {key for key in found.documents if key.state is State.IDLE}
    assert found.leading_to(idle, iter(found.edges)) == set(found.documents)


def test_a_person_has_a_way_out_of_every_halt(found: Exploration) -> None:
    for key, project in found.documents.items():
        if key.state is State.HALTED:
            assert project.operation is None
            ways = {edge.action.name for edge in found.edges_from(key) if edge.action.by == "person"}
            assert {"resolve to nothing", "resolve to what was left"} <= ways


FOLLOWING = {"stop": None, "abandon": "abandon", "rollback": "roll back"}
"""The action that follows an operation which was asked to end; a stopped one fails.

A staging fails before its candidate is abandoned.
"""


def test_every_operation_that_is_asked_to_end_ends_as_it_was_asked(found: Exploration) -> None:
    asked = [(key, key.cancel) for key in found.documents if key.cancel is not None]
    assert {then for _, then in asked} == set(FOLLOWING)
    for key, then in asked:
        name = FOLLOWING[then] if (key.state, then) != (State.STAGING, "abandon") else "staging failed"
        ways = [e for e in found.edges_from(key) if (e.action.name == name if name else e.action.failure)]
        assert ways, key


def test_what_is_asked_to_end_leads_a_release_no_further(found: Exploration) -> None:
    onward = {"accept candidate", "staging passed", "request approval", "start deployment", "deployment passed"}
    ending = [edge.action.name for edge in found.edges if edge.before.operation and edge.before.operation.cancel]
    assert ending
    assert onward.isdisjoint(ending)
    assert "verification passed" not in ending


def test_a_rollback_that_was_asked_for_is_not_replaced_by_a_lesser_end(found: Exploration) -> None:
    asked = [edge for edge in found.edges if key_of(edge.before).cancel == "rollback"]
    later = [edge for edge in asked if edge.action.name.startswith("cancel")]
    assert later
    assert {key_of(edge.after).cancel for edge in later} == {"rollback"}
