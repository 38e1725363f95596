"""Hotfixes: when one is opened and ended, what of it stands in the release, and how long it soaks."""

from datetime import timedelta

import pytest

from sentinel.core.approval.question import plan_document
from sentinel.core.release import lifecycle
from sentinel.core.release.holding import exceptions
from sentinel.core.release.hotfix import can_change, end_hotfix, open_hotfix, soak_length
from sentinel.core.release.model import Hotfix, OperationKind, Project
from sentinel.core.release.states import State
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.tools.status import status_of
from sentinel.errors.release import InvariantBrokenError
from tests.core.exploration import Exploration
from tests.core.projects import NOON, PERSON, SOAKED, fresh, instant, outcome, policy, project, release, running

HOTFIX = Hotfix(reason="Customers cannot pay.", by=PERSON, at=NOON)
POLICY = policy(hotfix={"soak": "2m"})


def opened(state: State = State.ACTIVE) -> Project:
    return open_hotfix(project(state), HOTFIX).project


def test_a_hotfix_is_opened_and_ended_before_a_candidate_is_prepared(found: Exploration) -> None:
    for document in found.documents.values():
        early = document.state in (State.IDLE, State.ACTIVE)
        preparing = document.operation is not None and document.operation.kind is OperationKind.PREPARE
        assert can_change(document) == (early and not preparing)
        if not can_change(document):
            with pytest.raises(InvariantBrokenError):
                open_hotfix(document, HOTFIX)
            continue
        change = open_hotfix(document, HOTFIX)
        assert [entry.kind for entry in change.entries] == ["hotfix.opened"]
        assert end_hotfix(change.project, PERSON).project == document
        with pytest.raises(InvariantBrokenError):
            open_hotfix(change.project, HOTFIX)
        with pytest.raises(InvariantBrokenError):
            end_hotfix(document, PERSON)


def test_an_open_hotfix_is_shown_and_asks_for_a_patch() -> None:
    status = status_of(opened(), SOAKED, trust="advisory")
    assert status.hotfix is not None
    assert (status.hotfix.by, status.hotfix.reason) == (PERSON, "Customers cannot pay.")
    assert 'prepare_release(type="patch")' in " ".join(next_steps(opened(), SOAKED))


def test_a_sprint_that_is_closed_takes_its_hotfix_with_it() -> None:
    assert lifecycle.close_sprint(opened(), PERSON).project.hotfix is None


def test_a_hotfix_that_is_no_patch_is_never_accepted() -> None:
    preparing = running(opened(), OperationKind.PREPARE)
    patch, minor = (release("1.2.1", bump=bump, hotfix=HOTFIX, policy=POLICY) for bump in ("patch", "minor"))
    accepted = lifecycle.accept_candidate(preparing, patch, outcome(preparing))
    assert accepted.entries[0].data["hotfix"] == "Customers cannot pay."
    with pytest.raises(InvariantBrokenError, match="a hotfix is a patch"):
        lifecycle.accept_candidate(preparing, minor, outcome(preparing))


def test_the_reason_stands_in_the_plan_and_the_soak_is_short() -> None:
    hurried, plain = release(bump="patch", hotfix=HOTFIX, policy=POLICY), release(policy=POLICY)
    assert soak_length(hurried) == timedelta(minutes=2)
    assert soak_length(plain) == POLICY.staging.soak
    document = plan_document(fresh(), hurried, nonce="n", expires_at=instant().wall)
    assert b'"hotfix":{"by":"person:ada","reason":"Customers cannot pay."}' in document
    assert b"hotfix" not in plan_document(fresh(), plain, nonce="n", expires_at=instant().wall)
    assert exceptions(hurried) == ("This is a hotfix, opened by person:ada: Customers cannot pay.",)


def test_a_document_of_an_earlier_version_is_read_without_hotfix_or_hold() -> None:
    document = project(State.AWAITING_APPROVAL).model_dump(mode="json")
    for new in ("hold", "hotfix"):
        del document[new]
    for new in ("hotfix", "outside"):
        del document["release"][new]
    del document["release"]["policy"]["hotfix"]
    del document["release"]["policy"]["production"]["windows"]
    assert Project.model_validate(document) == project(State.AWAITING_APPROVAL)
