"""A hold and a closed window: what may not start, what continues, and what people are told."""

from datetime import UTC, datetime, timedelta

import pytest

from sentinel.core.approval.content import question_content
from sentinel.core.approval.question import ask_approval, check_claimable, current_document, digest_of
from sentinel.core.release import lifecycle
from sentinel.core.release.change import Change
from sentinel.core.release.holding import end_hold, go_outside, set_hold
from sentinel.core.release.model import (
    Approval,
    Claim,
    Hold,
    OperationKind,
    OutsideWindow,
    Project,
)
from sentinel.core.release.notices import notice
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import Tool, access, accesses, next_change
from sentinel.core.tools.next_steps import attention, calls_for_somebody, next_steps, state_sentence
from sentinel.core.tools.status import status_of
from sentinel.core.tools.status_text import person_steps, person_text
from sentinel.core.values.screen import Screen
from sentinel.core.values.times import Instant, countdown
from sentinel.errors import SentinelError
from sentinel.errors.approval import OnHoldError, WindowClosedError
from sentinel.errors.release import InvariantBrokenError
from tests.core.exploration import Exploration
from tests.core.projects import (
    AGENT,
    NOON,
    PERSON,
    SOAK,
    SOAKED,
    claimed,
    instant,
    operation,
    outcome,
    policy,
    project,
    release,
    running,
)

HOLD = Hold(reason="It looks wrong.", by=AGENT, at=NOON)
STARTS = {
    *(f"begin {kind}" for kind in OperationKind if kind is not OperationKind.ADOPTION),
    "start staging",
    "request approval",
    "claim approval",
    "start deployment",
}
"""The actions of a release that begin something; a rollback's are not among them."""


def held(at: Project) -> Project:
    return set_hold(at, HOLD).project


def test_anybody_may_hold_the_line_in_every_document(found: Exploration) -> None:
    for document in found.documents.values():
        change = set_hold(document, HOLD)
        assert change.project == document.model_copy(update={"hold": HOLD})
        assert [entry.kind for entry in change.entries] == ["hold.set"]
        assert end_hold(change.project, PERSON).project == document


@pytest.mark.requirement("P3.3-hold")
def test_on_a_held_line_nothing_starts_and_everything_else_goes_on(found: Exploration) -> None:
    """Every action that any document takes is made once more during a hold."""
    refused = set()
    for edge in found.edges:
        on_hold = held(edge.before)
        if edge.action.name in STARTS:
            refused.add(edge.action.name)
            with pytest.raises(InvariantBrokenError, match="during a hold"):
                edge.action.act(on_hold, edge.at)
        else:
            assert edge.action.act(on_hold, edge.at).project == held(edge.after)
    assert refused >= STARTS - {"begin rollback", "begin staging", "begin deployment"}


def test_a_line_is_held_once_and_let_go_once() -> None:
    with pytest.raises(InvariantBrokenError):
        set_hold(held(project()), HOLD)
    with pytest.raises(InvariantBrokenError):
        end_hold(project(), PERSON)


def test_a_held_line_stands_in_every_answer_and_says_who_lets_it_go_on() -> None:
    at = held(project(State.SOAKING))
    status = status_of(at, SOAKED, trust="advisory")
    assert status.hold is not None
    assert (status.hold.by, status.hold.reason) == (AGENT, "It looks wrong.")
    assert "agent:codex put releases on hold at 2030-05-01 12:00 UTC: It looks wrong." in status.message
    assert "`sentinel unhold`" in status.next[0]
    lock = access(at, SOAKED, Tool.DEPLOY, "production").lock
    assert lock is not None
    assert (lock.unlocks_at, lock.remaining) == (None, None)
    assert "`sentinel unhold`" in lock.reason
    assert Tool.HOLD_RELEASE in {row.tool for row in accesses(at, SOAKED) if row.listed}


def test_people_are_told_of_a_hold_and_of_its_end_and_waits_end() -> None:
    at = project(State.VERIFYING)
    stopped = held(at)
    told = notice(at, stopped)
    assert told is not None
    assert (told.title, "It looks wrong." in told.body) == ("shop: releases are on hold", True)
    again = notice(stopped, at)
    assert again is not None
    assert again.title == "shop: the hold has ended"
    assert calls_for_somebody(attention(at, SOAKED), attention(stopped, SOAKED))


def late(state: State, windows: dict[str, object] | None = None) -> Project:
    """On its way while the window was open."""
    return project(state, candidate=release(policy=policy(production={"windows": windows or ALWAYS})))


ALWAYS: dict[str, object] = {"timezone": "UTC"}
FRIDAYS: dict[str, object] = {"timezone": "Europe/Berlin", "open": ["Fri 09:00-16:00"]}
FRIDAY = datetime(2030, 5, 3, 7, tzinfo=UTC)


def at_wall(wall: datetime) -> Instant:
    return instant(wall - NOON)


def closed_from(at: Project) -> Project:
    """The same under a policy that opens on Fridays alone."""
    assert at.release is not None
    changed = at.release.model_copy(update={"policy": policy(production={"windows": FRIDAYS})})
    return at.model_copy(update={"release": changed})


@pytest.mark.requirement("P3.3-window")
def test_a_closed_window_locks_production_and_says_why_and_until_when() -> None:
    at = late(State.SOAKING, FRIDAYS)
    lock = access(at, SOAKED, Tool.DEPLOY, "production").lock
    assert lock is not None
    assert lock.reason == (
        "Production is LOCKED. The production window is closed: it is open Fri 09:00-16:00 (Europe/Berlin). "
        "The next window opens Fri 2030-05-03 09:00 Europe/Berlin, in 42:50:00."
    )
    assert lock.unlocks_at == FRIDAY
    assert lock.remaining == FRIDAY - SOAKED.wall
    assert next_change(at, SOAKED) == lock.remaining
    row = next(row for row in status_of(at, SOAKED, trust="advisory").locked if row.target == "production")
    assert (row.unlocks_at, row.remaining_seconds) == (FRIDAY, 42 * 3600 + 50 * 60)
    assert "The production window is closed" in state_sentence(at, SOAKED)
    assert "sentinel window waive" in next_steps(at, SOAKED)[1]


def test_the_list_changes_when_a_window_opens_and_when_it_closes() -> None:
    at = late(State.SOAKING, FRIDAYS)
    opened = at_wall(FRIDAY)
    assert access(at, opened, Tool.DEPLOY, "production").lock is None
    assert next_change(at, opened) == timedelta(hours=7)
    assert access(at, at_wall(FRIDAY + timedelta(hours=7)), Tool.DEPLOY, "production").lock is not None
    assert calls_for_somebody(attention(at, SOAKED), attention(at, opened))


@pytest.mark.parametrize("soaked", [timedelta(0), SOAK / 2, SOAK - timedelta(seconds=1)])
def test_before_the_soak_is_over_nobody_is_told_to_deploy_into_a_closed_window(soaked: timedelta) -> None:
    at = late(State.SOAKING, FRIDAYS)
    agent = next_steps(at, instant(soaked))
    assert agent[0].startswith("Wait for the soak and the window with ")
    assert "sentinel window waive" in agent[1]
    assert next_steps(go_outside(at, outside(FRIDAY)).project, instant(soaked))[0].startswith(
        "Wait for the end of the soak "
    )
    status = status_of(at, instant(soaked), trust="advisory")
    left = countdown(SOAK - soaked)
    assert f"soak        {left} left, until 2030-05-01 12:10:00 UTC" in person_text(status, Screen())


def test_after_the_soak_a_person_waits_for_the_window_and_not_for_the_soak() -> None:
    for late_by in (timedelta(0), timedelta(milliseconds=300), timedelta(hours=5)):
        status = status_of(late(State.SOAKING, FRIDAYS), instant(SOAK + late_by), trust="advisory")
        assert "soak        over since 2030-05-01 12:10:00 UTC" in person_text(status, Screen())
        assert person_steps(status)[0].startswith('Wait for the window, or run `sentinel window waive --reason "…"`')


def test_a_soak_that_ends_while_the_window_is_closed_unlocks_when_it_opens() -> None:
    """The protocol's sentence stands first and by itself; the time is that at which production really unlocks."""
    at = late(State.SOAKING, FRIDAYS)
    lock = access(at, instant(SOAK / 2), Tool.DEPLOY, "production").lock
    assert lock is not None
    first, second = lock.reason.split("\n")
    assert first == "Soak Time Violation. Production unlock in 05:00."
    assert second.endswith("The next window opens Fri 2030-05-03 09:00 Europe/Berlin, in 42:55:00.")
    assert lock.unlocks_at == FRIDAY
    assert next_change(at, instant(SOAK / 2)) == FRIDAY - instant(SOAK / 2).wall


def _ask(at: Project) -> Change:
    promoting = running(at, OperationKind.PROMOTION)
    assert promoting.release is not None
    asked = ask_approval(promoting, promoting.release, id="a", nonce="n", now=SOAKED)
    return lifecycle.request_approval(promoting, asked, outcome(promoting), SOAKED)


def _claim(at: Project) -> Change:
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall)
    return lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT, by=PERSON))


@pytest.mark.requirement("P3.3-window")
def test_a_window_that_closes_on_the_way_stops_the_release_at_its_next_step() -> None:
    soaking, asked, said = late(State.SOAKING), late(State.AWAITING_APPROVAL), claimed()
    for step, at in ((_ask, soaking), (_claim, asked), (lambda p: lifecycle.start_deployment(p, SOAKED), said)):
        step(at)
        with pytest.raises(InvariantBrokenError, match="while its window is open"):
            step(closed_from(at))


def claimable(at: Project, now: Instant = SOAKED) -> Approval:
    assert at.approval is not None
    document = current_document(at, at.approval, now)
    assert document is not None
    return check_claimable(at, at.approval, approval_id=at.approval.id, plan_digest=digest_of(document), now=now)


@pytest.mark.requirement("P3.3-window", "P3.3-hold")
def test_a_question_is_not_answered_while_the_window_is_closed_or_the_line_is_held() -> None:
    at = late(State.AWAITING_APPROVAL)
    assert claimable(at) == at.approval
    with pytest.raises(WindowClosedError, match=r"The next window opens .* or a person runs `sentinel window waive"):
        claimable(closed_from(at))
    with pytest.raises(OnHoldError, match="`sentinel unhold`"):
        claimable(held(at))
    assert "the approval is not used while the window is closed" in next_steps(closed_from(at), SOAKED)[0]


def outside(until: datetime | None = FRIDAY) -> OutsideWindow:
    return OutsideWindow(reason="Customers cannot pay.", by=PERSON, at=SOAKED.wall, until=until)


def test_outside_of_the_window_a_release_goes_with_a_reason_that_stands_in_its_plan() -> None:
    at = late(State.SOAKING, FRIDAYS)
    change = go_outside(at, outside())
    allowed = change.project
    assert [entry.kind for entry in change.entries] == ["window.waived"]
    assert access(allowed, SOAKED, Tool.DEPLOY, "production").lock is None
    assert next_change(allowed, SOAKED) is None
    asked = _ask(allowed).project
    assert asked.approval is not None
    document = current_document(asked, asked.approval, SOAKED)
    assert document is not None
    assert b'"outside_window":{"by":"person:ada","reason":"Customers cannot pay."}' in document
    content = question_content(asked, asked.approval, (), now=SOAKED.wall, separated=False)
    assert content is not None
    assert content.exceptions == ("person:ada allows it outside of the production window: Customers cannot pay.",)
    assert _claim(asked).project.operation is not None


def test_a_word_for_outside_of_the_window_counts_until_the_window_opens() -> None:
    """A release that was not used then goes by the windows again."""
    allowed = go_outside(late(State.SOAKING, FRIDAYS), outside()).project
    after = at_wall(FRIDAY + timedelta(hours=7))
    assert access(allowed, after, Tool.DEPLOY, "production").lock is not None
    for_ever = go_outside(late(State.SOAKING, FRIDAYS), outside(None)).project
    assert access(for_ever, after, Tool.DEPLOY, "production").lock is None


def test_a_question_that_is_open_is_asked_anew_with_the_reason() -> None:
    at = closed_from(late(State.AWAITING_APPROVAL))
    assert at.release is not None
    allowed = at.release.model_copy(update={"outside": outside()})
    anew = ask_approval(at, allowed, id="anew", nonce="n", now=SOAKED)
    after = go_outside(at, outside(), anew).project
    assert after.approval == anew
    assert claimable(after) == anew
    told = notice(at, after)
    assert told is not None
    assert told.title == "shop: a deployment waits for approval"
    with pytest.raises(InvariantBrokenError):
        go_outside(at, outside())


@pytest.mark.parametrize("state", [State.IDLE, State.ACTIVE, State.DEPLOYING, State.VERIFYING, State.ARCHIVED])
def test_only_a_candidate_before_production_goes_outside_of_the_window(state: State) -> None:
    with pytest.raises(InvariantBrokenError):
        go_outside(project(state), outside())


@pytest.mark.requirement("P3.3-rollback")
def test_a_rollback_is_never_held_back(found: Exploration) -> None:
    """During a hold with closed windows, wherever a rollback can be made or asked for."""
    for edge in found.edges:
        if "roll" in edge.action.name and edge.action.name != "begin rollback":
            stopped = held(closed_from(edge.before) if edge.before.release else edge.before)
            try:
                after = edge.action.act(stopped, edge.at)
            except SentinelError as error:  # pragma: no cover - would be the failure
                pytest.fail(f"{edge.action.name} was held back: {error}")
            assert after.project.state is edge.after.state
