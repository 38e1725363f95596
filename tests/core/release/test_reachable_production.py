"""Production over every reachable document: what it is entered with, and how it ends."""

import pytest

from sentinel.core.release.model import OperationKind
from sentinel.core.release.states import State
from tests.core.exploration import Exploration
from tests.core.projects import SOAKED

IN_RELEASE = frozenset(State) - {State.IDLE, State.ACTIVE, State.ROLLING_BACK, State.HALTED}


@pytest.mark.requirement("P1-privileged")
def test_nothing_is_deployed_outside_a_release(found: Exploration) -> None:
    deploying = {OperationKind.STAGING, OperationKind.PROMOTION, OperationKind.DEPLOYMENT}
    places = {
        project.state
        for project in found.documents.values()
        if project.operation and project.operation.kind in deploying
    }
    assert places
    assert places <= IN_RELEASE
    assert {edge.before.state for edge in found.entering(State.RELEASE_CANDIDATE)} == {State.ACTIVE, State.STAGING}


@pytest.mark.requirement("P2-staging-first", "P2.2-minimum")
def test_production_is_entered_with_staged_bytes_an_elapsed_soak_and_a_claimed_approval(found: Exploration) -> None:
    entries = list(found.entering(State.DEPLOYING))
    assert entries
    for edge in entries:
        release, approval = edge.before.release, edge.before.approval
        assert release is not None
        assert release.staged is not None
        assert release.staged.artifacts == release.artifacts
        assert release.staged.soak.is_over(edge.at)
        assert approval is not None
        assert (approval.kind, approval.claim is not None) == ("deployment", True)
        assert edge.after.release == release, "what was staged is what is deployed"


@pytest.mark.requirement("P2.2-minimum")
def test_nobody_is_asked_before_the_soak_is_over(found: Exploration) -> None:
    asked = list(found.entering(State.AWAITING_APPROVAL))
    assert asked
    assert all(edge.at == SOAKED for edge in asked)


def test_an_approval_is_claimed_once_and_never_comes_back(found: Exploration) -> None:
    claims = [edge for edge in found.edges if edge.action.name == "claim approval"]
    assert claims
    for edge in found.edges:
        before, after = edge.before.approval, edge.after.approval
        if edge.action.name == "claim approval":
            assert before is not None
            assert before.claim is None
        elif after is not None and after.claim is not None:
            assert after == before, "a claim is made by a person alone"


@pytest.mark.requirement("P4-unfinished")
def test_a_started_deployment_ends_archived_rolled_back_or_halted(found: Exploration) -> None:
    ends = {
        State.DEPLOYING: {State.VERIFYING, State.ROLLING_BACK},
        State.VERIFYING: {State.ARCHIVED, State.ROLLING_BACK, State.HALTED},
        State.ROLLING_BACK: {State.ACTIVE, State.IDLE, State.HALTED},
    }
    for state, targets in ends.items():
        own = (edge for edge in found.edges if edge.before.state is state and edge.action.name != "lose the history")
        left = {edge.after.state for edge in own} - {state}
        assert left == targets


def test_only_the_last_archived_release_is_ever_left(found: Exploration) -> None:
    """A rollback that passed takes what it left out of the lineage, and nothing else."""
    for edge in found.edges:
        if edge.action.name == "rollback passed":
            plan = edge.before.rollback
            assert plan is not None
            kept = [deployed for deployed in edge.before.lineage if deployed.tag != plan.leaving.tag]
            assert list(edge.after.lineage) == kept
            assert edge.after.production == plan.target
