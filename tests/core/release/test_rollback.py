"""What is left, what is gone back to, and what production is known to run afterwards."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.approval.question import ask_approval
from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.adoption import adopt, lineage_with
from sentinel.core.release.lifecycle import LINEAGE_KEPT
from sentinel.core.release.model import (
    Cancel,
    Deployed,
    OperationKind,
    Project,
    RollbackPlan,
)
from sentinel.core.release.rollback import (
    can_roll_back,
    halt_blind,
    held_against,
    nothing_kept,
    plan_rollback,
    request_cancel,
    resolve,
    rollback_passed,
    start_rollback,
)
from sentinel.core.release.states import PDV_FAILURE, Cause, Event, State, asked_by
from sentinel.errors.release import AdoptionError, InvariantBrokenError
from tests.core.projects import (
    AGENT,
    NOON,
    PERSON,
    SOAKED,
    deployed,
    evidence,
    operation,
    outcome,
    policy,
    project,
    running,
)

OLD, NEW = deployed("1.0.0"), deployed("1.1.0")
CANDIDATE = "v1.2.0"


def plan(at: Project) -> RollbackPlan | None:
    return plan_rollback(at, reason="It is slow.", cause=Cause.AGENT, now=NOON)


def tags(*lineage: Deployed | None) -> list[str | None]:
    return [each.tag if each else None for each in lineage]


@pytest.mark.parametrize("state", [State.DEPLOYING, State.VERIFYING])
@pytest.mark.parametrize(
    ("lineage", "target"), [((), None), ((OLD,), "v1.0.0"), ((OLD, NEW), "v1.1.0")], ids=["none", "one", "two"]
)
def test_a_candidate_in_production_is_left_for_the_newest_archived_release(
    state: State, lineage: tuple[Deployed, ...], target: str | None
) -> None:
    planned = plan(project(state, lineage=lineage))
    assert planned is not None
    assert tags(planned.leaving, planned.target) == [CANDIDATE, target]
    assert (planned.reason, planned.cause, planned.again) == ("It is slow.", Cause.AGENT, None)


@pytest.mark.parametrize("state", [State.IDLE, State.ACTIVE, State.STAGING, State.SOAKING, State.AWAITING_APPROVAL])
def test_elsewhere_the_newest_archived_release_is_left_for_the_one_before(state: State) -> None:
    planned = plan(project(state, lineage=(OLD, NEW)))
    assert planned is not None
    assert tags(planned.leaving, planned.target) == ["v1.1.0", "v1.0.0"]
    assert plan(project(state)) is None


def test_an_archived_candidate_is_left_for_the_release_before_it() -> None:
    planned = plan(project(State.ARCHIVED, lineage=(OLD, NEW)))
    assert planned is not None
    assert tags(planned.leaving, planned.target) == [CANDIDATE, "v1.1.0"]


def test_a_halted_rollback_is_planned_as_it_was() -> None:
    at = project(State.HALTED, lineage=(OLD, NEW))
    planned = plan(at)
    assert planned is not None
    assert at.rollback is not None
    assert tags(planned.leaving, planned.target) == [CANDIDATE, "v1.1.0"]
    assert at.rollback.again is None
    assert (planned.reason, planned.cause) == (at.rollback.reason, at.rollback.cause)
    assert (planned.reason, planned.again) == ("It is bad.", "It is slow.")


ADOPTED = deployed("1.0.5", release_id=None, artifacts=())


@pytest.mark.parametrize("lineage", [(ADOPTED,), (OLD, ADOPTED)], ids=["alone", "after one that was built"])
@pytest.mark.parametrize("state", [State.DEPLOYING, State.VERIFYING, State.ARCHIVED])
def test_what_was_never_built_here_is_not_gone_back_to_and_neither_is_what_ran_before_it(
    state: State, lineage: tuple[Deployed, ...]
) -> None:
    at = project(state, lineage=lineage)
    planned = plan(at)
    assert planned is not None
    assert planned.target is None
    assert not can_roll_back(at)
    assert nothing_kept(at) == (
        "There is nothing to go back to: Sentinel keeps no artifacts of v1.0.5, which ran before."
    )


def test_an_adopted_release_is_left_for_one_that_was_built() -> None:
    at = project(State.IDLE, lineage=(OLD, ADOPTED))
    planned = plan(at)
    assert planned is not None
    assert tags(planned.leaving, planned.target) == ["v1.0.5", "v1.0.0"]
    assert can_roll_back(at)
    assert nothing_kept(at) is None


def test_nothing_is_gone_back_to_twice() -> None:
    """The target is the newest older archived release that is not itself rolled back."""
    at = project(State.IDLE, lineage=(OLD, NEW, deployed("1.2.0")))
    at = rolled_back(at)
    assert tags(*at.lineage) == ["v1.0.0", "v1.1.0"]
    at = rolled_back(at)
    assert tags(*at.lineage) == ["v1.0.0"]
    assert not can_roll_back(at)


def rolled_back(at: Project) -> Project:
    planned = plan(at)
    assert planned is not None
    following = operation(at, OperationKind.ROLLBACK)
    ended = outcome(at, ok=False) if at.operation else None
    at = start_rollback(at, planned, following, event=Event.ROLLBACK_STARTED, actor=PERSON, outcome=ended).project
    return rollback_passed(at, outcome(at, "Rolled back.")).project


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        (State.DEPLOYING, (OLD,), ["v1.0.0"]),
        (State.VERIFYING, (OLD, NEW), ["v1.0.0", "v1.1.0"]),
        (State.ARCHIVED, (OLD,), ["v1.0.0"]),
        (State.SOAKING, (OLD, NEW), ["v1.0.0"]),
    ],
)
def test_production_then_runs_what_was_gone_back_to(
    state: State, before: tuple[Deployed, ...], after: list[str]
) -> None:
    tested = project(state, lineage=before).model_copy(update={"evidence": evidence()})
    at = rolled_back(tested)
    assert tags(*at.lineage) == after
    assert tags(at.production) == after[-1:]
    assert (at.state, at.release, at.rollback, at.evidence) == (State.ACTIVE, None, None, None)


def test_an_operation_that_a_rollback_ends_has_its_outcome() -> None:
    at = running(project(State.ACTIVE, lineage=(OLD, NEW)), OperationKind.TESTS)
    planned, following = plan(at), operation(at, OperationKind.ROLLBACK)
    assert planned is not None
    ended = outcome(at, "It is slow.", ok=False)
    event = Event.ROLLBACK_STARTED
    gone = start_rollback(at, planned, following, event=event, actor=PERSON, outcome=ended).project
    assert (gone.state, gone.operation, gone.outcomes) == (State.ROLLING_BACK, following, (ended,))


def test_a_rollback_without_a_sprint_ends_in_idle() -> None:
    assert rolled_back(project(lineage=(OLD, NEW))).state is State.IDLE


def test_a_rollback_that_goes_nowhere_does_not_pass() -> None:
    at = project(State.ROLLING_BACK)
    with pytest.raises(InvariantBrokenError, match="a rollback goes back to an earlier release"):
        rollback_passed(at, outcome(at))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("lineage", [(), (OLD,), (OLD, NEW)], ids=["none", "one", "two"])
def test_a_rollback_is_there_whenever_production_has_somewhere_to_go(
    state: State, lineage: tuple[Deployed, ...]
) -> None:
    candidate_counts = state in (State.DEPLOYING, State.VERIFYING, State.ARCHIVED, State.HALTED)
    expected = state is not State.ROLLING_BACK and len(lineage) + candidate_counts >= 2
    at = project(state, lineage=lineage)
    planned = plan(at)
    assert can_roll_back(at) is expected
    assert expected is (state is not State.ROLLING_BACK and planned is not None and planned.target is not None)


def test_a_version_that_a_person_had_deployed_by_hand_is_not_its_own_way_back() -> None:
    at = adopt(project(lineage=(OLD,)), deployed("1.2.0"), PERSON).project
    by_hand = project(State.VERIFYING, lineage=at.lineage)
    planned = plan(by_hand)
    assert planned is not None
    assert tags(planned.leaving, planned.target) == [CANDIDATE, "v1.0.0"]
    assert tags(*rolled_back(by_hand).lineage) == ["v1.0.0"]
    archived = lifecycle.verification_passed(by_hand, "It is good.", SOAKED.wall).project
    assert tags(*archived.lineage) == ["v1.0.0", CANDIDATE]
    assert archived.production is not None
    assert archived.production.release_id is not None


@pytest.mark.parametrize("running_kind", [None, OperationKind.TESTS])
def test_a_rollback_that_is_asked_for_needs_somewhere_to_go(running_kind: OperationKind | None) -> None:
    at = project(State.ACTIVE, lineage=(OLD,))
    at = running(at, running_kind) if running_kind else at
    with pytest.raises(InvariantBrokenError, match="has an earlier release to go back to"):
        rolled_back(at)
    planned = plan(at)
    assert planned is not None
    approval = ask_approval(at, planned, id="a", nonce="n", now=SOAKED)
    with pytest.raises(InvariantBrokenError, match="has an earlier release to go back to"):
        rollback.ask(at, planned, approval, AGENT)
    if running_kind:
        with pytest.raises(InvariantBrokenError, match="has an earlier release to go back to"):
            request_cancel(at, Cancel(then="rollback", reason="It is slow.", by=PERSON))


def test_blindness_halts_with_the_way_back_kept() -> None:
    at = project(State.VERIFYING, lineage=(OLD,))
    planned = plan(at)
    assert planned is not None
    halted = halt_blind(at, planned, outcome(at, "HALTED: it could not be seen.", ok=False)).project
    assert (halted.state, halted.rollback, halted.operation) == (State.HALTED, planned, None)
    assert can_roll_back(halted)


@pytest.mark.parametrize(
    ("production", "lineage"),
    [
        (None, []),
        (OLD, ["v1.0.0"]),
        (NEW, ["v1.0.0", "v1.1.0"]),
        (deployed("1.2.0"), ["v1.0.0", "v1.1.0", "v1.2.0"]),
    ],
    ids=["nothing", "an older one", "the one before", "the one that was left"],
)
def test_a_person_says_what_production_runs_and_the_machine_goes_on(
    production: Deployed | None, lineage: list[str]
) -> None:
    at = resolve(project(State.HALTED, lineage=(OLD, NEW)), production, PERSON).project
    assert (at.state, at.rollback) == (State.ACTIVE, None)
    assert tags(*at.lineage) == lineage
    assert at.production == production


@pytest.mark.parametrize("state", [State.IDLE, State.ACTIVE])
def test_what_production_runs_today_is_recorded(state: State) -> None:
    at = adopt(project(state, lineage=(OLD,)), deployed("1.1.5"), PERSON).project
    assert (at.state, tags(*at.lineage)) == (state, ["v1.0.0", "v1.1.5"])


@pytest.mark.parametrize(
    "at",
    [
        *(project(state, lineage=(OLD,)) for state in State if state not in (State.IDLE, State.ACTIVE)),
        running(project(State.ACTIVE), OperationKind.TESTS),
    ],
    ids=lambda at: at.state,
)
def test_nothing_is_recorded_while_production_may_be_changing_or_a_candidate_is_counted_against_it(
    at: Project,
) -> None:
    with pytest.raises(AdoptionError, match=f"the state is {at.state}"):
        adopt(at, NEW, PERSON)


VERSIONS = st.lists(st.sampled_from([deployed(f"1.{minor}.0") for minor in range(8)]), max_size=12)


@given(known=VERSIONS, production=st.sampled_from([deployed(f"1.{minor}.0") for minor in range(8)]))
def test_the_lineage_ends_in_what_is_said_and_names_nothing_twice(known: list[Deployed], production: Deployed) -> None:
    lineage: tuple[Deployed, ...] = ()
    for each in known:
        lineage = lineage_with(lineage, each)
    after = lineage_with(lineage, production)
    assert after[-1] == production
    assert after[:-1] == lineage[: len(after) - 1]
    assert len({each.tag for each in after}) == len(after)


def test_the_lineage_is_kept_to_its_limit() -> None:
    lineage: tuple[Deployed, ...] = ()
    for minor in range(LINEAGE_KEPT + 5):
        lineage = lineage_with(lineage, deployed(f"1.{minor}.0"))
    assert (len(lineage), lineage[0].tag, lineage[-1].tag) == (LINEAGE_KEPT, "v1.5.0", f"v1.{LINEAGE_KEPT + 4}.0")


@pytest.mark.parametrize(
    ("actor", "cause"), [("agent:codex", Cause.AGENT), ("person:ada", Cause.PERSON), ("elicited", Cause.PERSON)]
)
def test_an_actor_tells_whose_wish_a_rollback_is(actor: str, cause: Cause) -> None:
    assert asked_by(actor) is cause


def test_what_was_gone_back_to_is_held_against_its_own_policy_at_the_address_of_the_one_that_is_left() -> None:
    """A path that only the newer release has would make the older one look bad."""
    newer = policy(production={"url": "http://127.0.0.1:9002", "version_path": "/version"})
    older = policy(production={"verification": {"window": "1m"}})
    expected = held_against(newer, deployed("1.0.0", policy=older))
    assert (expected.production.url, expected.production.version_path) == ("http://127.0.0.1:9002", None)
    assert expected.production.verification.window == timedelta(minutes=1)
    assert held_against(newer, deployed("1.0.0", policy=None)) == newer


def test_metrics_do_not_decide_about_a_rollback() -> None:
    """They look back at the release that is left."""
    read = {"url": "http://127.0.0.1:9090", "error_rate": "errors", "latency": "seconds"}
    metered = policy(production={"verification": {"prometheus": read}})
    assert metered.production.verification.prometheus is not None
    for target in (deployed("1.0.0", policy=metered), deployed("1.0.0", policy=None)):
        assert held_against(metered, target).production.verification.prometheus is None


@pytest.mark.parametrize(
    ("origin", "reason", "cause", "kept"),
    [
        ("sentinel", f"{PDV_FAILURE} 3 of 9 failed.", Cause.VERIFICATION_FAILED, "3 of 9 failed."),
        ("sentinel", "Production is not healthy.", Cause.DEPLOYMENT_FAILED, "Production is not healthy."),
        ("agent", f"{PDV_FAILURE} I say so.", Cause.AGENT, "I say so."),
        ("person", "It is slow.", Cause.PERSON, "It is slow."),
    ],
)
def test_a_plan_that_an_older_version_stored_is_still_read(origin: str, reason: str, cause: Cause, kept: str) -> None:
    stored = {"leaving": OLD.model_dump(mode="json"), "target": None, "reason": reason, "origin": origin}
    read = RollbackPlan.model_validate(stored)
    assert (read.cause, read.reason, read.again) == (cause, kept, None)
    assert RollbackPlan.model_validate_json(read.model_dump_json()) == read
