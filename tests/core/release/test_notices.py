"""What people are told, and when they are left in peace."""

import pytest

from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.notices import Notice, notice
from sentinel.core.release.states import ASKED, PDV_FAILURE, Cause, Event, State
from tests.core.exploration import Exploration
from tests.core.projects import AGENT, PERSON, SOAKED, deployed, operation, outcome, project, rollback_asked

OLD, NEW = deployed("1.0.0"), deployed("1.1.0")


def rolled(at: Project, event: Event, cause: Cause, *, reason: str) -> Project:
    by = {Cause.AGENT: AGENT, Cause.PERSON: PERSON}.get(cause, "sentinel")
    plan = rollback.plan_rollback(at, reason=reason, cause=cause, now=SOAKED.wall)
    assert plan is not None
    ended = outcome(at, reason, ok=False) if at.operation else None
    following = operation(at, OperationKind.ROLLBACK, by=by)
    return rollback.start_rollback(at, plan, following, event=event, actor=by, outcome=ended).project


@pytest.mark.parametrize(
    ("lineage", "way"),
    [
        ((OLD,), "goes back from v1.2.0 to v1.0.0"),
        ((), "stays as v1.2.0 left it, since there is nothing to go back to"),
    ],
)
def test_a_failed_verification_is_told_in_the_words_of_the_protocol(lineage: tuple[object, ...], way: str) -> None:
    before = project(State.VERIFYING, lineage=lineage)
    reason = "12 of 300 probes failed (4 %)."
    told = notice(before, rolled(before, Event.VERIFICATION_FAILED, Cause.VERIFICATION_FAILED, reason=reason))
    assert PDV_FAILURE == "Automatic Rollback Triggered due to PDV failure."
    assert told == Notice(PDV_FAILURE, f"shop {way}: {reason}")


OWN = sorted(set(Cause) - {*ASKED, Cause.VERIFICATION_FAILED, Cause.VERIFICATION_BLIND})


@pytest.mark.parametrize(
    ("state", "event", "cause", "title"),
    [
        *((State.DEPLOYING, Event.DEPLOYMENT_FAILED, cause, "shop: automatic rollback started") for cause in OWN),
        *((State.VERIFYING, Event.DEPLOYMENT_FAILED, cause, "shop: automatic rollback started") for cause in OWN),
        (State.DEPLOYING, Event.ROLLBACK_STARTED, Cause.AGENT, "shop: rollback started"),
        (State.VERIFYING, Event.ROLLBACK_STARTED, Cause.AGENT, "shop: rollback started"),
        (State.VERIFYING, Event.ROLLBACK_STARTED, Cause.PERSON, "shop: rollback started"),
        (State.SOAKING, Event.ROLLBACK_STARTED, Cause.PERSON, "shop: rollback started"),
    ],
)
def test_any_other_rollback_is_no_failed_verification(state: State, event: Event, cause: Cause, title: str) -> None:
    before = project(state, lineage=(OLD, NEW))
    told = notice(before, rolled(before, event, cause, reason="It is slow."))
    assert told is not None
    assert told.title == title
    assert told.body.endswith(": It is slow.")


def test_another_attempt_at_a_rollback_is_somebodys_wish_and_no_automatic_one() -> None:
    before = project(State.HALTED, lineage=(OLD,))
    told = notice(before, rolled(before, Event.ROLLBACK_STARTED, Cause.PERSON, reason="The machine is back."))
    assert told == Notice(
        "shop: rollback started", "shop goes back from v1.2.0 to v1.0.0: It is bad. The machine is back."
    )


PAGE = "/projects/shop-7f3a/question"


def test_a_question_is_sent_with_the_address_of_its_page_where_the_console_has_one() -> None:
    asked = Notice("shop: a deployment waits for approval", "See http://evil.example", link=PAGE)
    assert asked.plain().body == "See http:// evil.example"
    told = asked.plain("https://ship.example")
    assert told.body == f"See http:// evil.example\n\nhttps://ship.example{PAGE}"
    assert Notice("shop: released", "It is.").plain("https://ship.example").body == "It is."


def test_people_are_told_that_a_deployment_waits_for_them() -> None:
    after = project(State.AWAITING_APPROVAL)
    assert after.approval is not None
    told = notice(project(State.SOAKING), after)
    assert told == Notice("shop: a deployment waits for approval", after.approval.text, link=PAGE)


def test_people_are_told_once_that_a_rollback_waits_for_them() -> None:
    before = project(State.SOAKING, lineage=(OLD, NEW))
    asked = rollback_asked(before)
    assert asked.rollback_approval is not None
    text = asked.rollback_approval.text
    assert notice(before, asked) == Notice("shop: a rollback waits for approval", text, link=PAGE)
    assert notice(asked, lifecycle.retire_version(asked, "1.2.0").project) is None
    assert notice(asked, rollback.refuse_question(asked, PERSON, "no", SOAKED.wall).project) is None


def test_people_are_told_that_a_rollback_failed() -> None:
    before = project(State.ROLLING_BACK, lineage=(OLD,))
    after = rollback.rollback_failed(before, outcome(before, "HALTED: the rollback failed.", ok=False)).project
    told = Notice("shop: HALTED, a person must look at production", "HALTED: the rollback failed.")
    assert notice(before, after) == told


def test_people_are_told_that_nobody_could_see_production() -> None:
    before = project(State.VERIFYING, lineage=(OLD,))
    plan = rollback.plan_rollback(before, reason="blind", cause=Cause.VERIFICATION_BLIND, now=SOAKED.wall)
    assert plan is not None
    after = rollback.halt_blind(before, plan, outcome(before, "HALTED: out of sight.", ok=False)).project
    told = Notice("shop: HALTED, a person must look at production", "HALTED: out of sight.")
    assert notice(before, after) == told


def test_people_are_told_how_it_ended_well() -> None:
    archived = project(State.ARCHIVED)
    closed = lifecycle.close_release(archived, outcome(archived, "v1.2.0 is verified."), []).project
    assert notice(archived, closed) == Notice("shop: released", "v1.2.0 is verified.")
    back = project(State.ROLLING_BACK, lineage=(OLD,))
    message = "Rolled back: production runs v1.0.0 again, instead of v1.2.0."
    passed = rollback.rollback_passed(back, outcome(back, message)).project
    assert notice(back, passed) == Notice("shop: rolled back", message)


TOLD = {
    State.AWAITING_APPROVAL: "waits for approval",
    State.ROLLING_BACK: "rollback",
    State.HALTED: "HALTED",
}


def test_people_are_told_of_every_halt_rollback_and_question_and_of_no_standstill(found: Exploration) -> None:
    for edge in found.edges:
        told = notice(edge.before, edge.after)
        entered = edge.after.state if edge.after.state is not edge.before.state else None
        if entered in TOLD:
            assert told is not None
            assert TOLD[entered] in told.title or told.title == PDV_FAILURE
            assert (told.title == PDV_FAILURE) == (edge.action.name == "verification failed")
        elif edge.action.name == "take the claim back":
            assert told is not None
            assert told.title.endswith("a deployment waits for approval again")
        elif entered is None and edge.after.rollback_approval == edge.before.rollback_approval:
            assert told is None
        assert told is None or (told.title and told.body)
    assert all(notice(project, project) is None for project in found.documents.values())


WORDS = {
    "a mention": "ask @channel or <!here>",
    "a link": "see https://example.org/x and www.example.org",
    "a Markdown link": "[approve here](https://example.org)",
    "a Slack link": "<https://example.org|approve>",
}


@pytest.mark.parametrize("said", WORDS.values(), ids=WORDS.keys())
def test_an_agents_words_make_no_links_and_no_mentions(said: str) -> None:
    sent = Notice(said, said).plain().body
    assert not any(mark in sent for mark in ("@channel", "<!", "://e", "www.e", "](", "<h"))
    assert sent.replace(" ", "") == said.replace(" ", "")
