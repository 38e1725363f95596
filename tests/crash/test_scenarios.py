"""Whole scenarios, with a daemon that is killed at every commit, and around everything that it does between.

Before a commit, all of its step is done and nothing of that is written down; after it, nothing else has happened yet.
"""

import pytest

from sentinel.core.release.states import Event, State
from tests.crash.actions import RELEASE, Action, Actions, abandon, answer, ask, prepare, roll_back
from tests.crash.clients import ReleaseClient, Status
from tests.crash.conftest import NewTrial
from tests.crash.crash_points import Moment
from tests.crash.evidence import Evidence
from tests.crash.scenario import RELEASED, at, summaries, to_held, told
from tests.crash.trial import Trial

pytestmark = pytest.mark.timeout(900)
MOMENTS: tuple[Moment, ...] = ("before", "after", "between")


@pytest.fixture(params=MOMENTS)
def moment(request: pytest.FixtureRequest) -> Moment:
    chosen: Moment = request.param
    return chosen


AND_OUTAGES = pytest.mark.parametrize("moment", [*MOMENTS, "outage"], indirect=True)
"""The long scenarios, in which every side effect occurs, run on a host that goes down, too."""


def second_release(trial: Trial, faults: str) -> None:
    """Without crashes, a release in production and another one to come."""
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    trial.project.publish(faults, released="0.1.0")


@AND_OUTAGES
def test_a_release_reaches_production(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    trial.crash_from_now_on(moment)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    evidence = trial.end()
    assert told(evidence) == RELEASED
    assert trial.project.version_in("production") == "0.1.0"
    check_tag(trial, evidence, moment)
    warnings = evidence.entries[-1].data["warnings"]
    # A git that is killed with its host leaves a lock in the working copy, which is not ours to break.
    assert warnings == [] or (moment == "outage" and "feature/begun" in str(warnings))
    assert trial.project.git("branch", "--list", "--all", "feature/*") == ("feature/begun" if warnings else "")


def check_tag(trial: Trial, evidence: Evidence, moment: Moment) -> None:
    """There is one tag, whatever crashed between making, pushing and storing it, and it says what the history says."""
    if moment == "between":
        assert {"v0.1.0 made", "v0.1.0 pushed"} <= {point.partition(": ")[2] for point in trial.daemon.crashes}
    (accepted,) = (entry.data for entry in evidence.entries if entry.data.get("on") == Event.CANDIDATE_ACCEPTED)
    found, tags = trial.proved()
    assert (found["tags"], found["fault"]) == (1, None)
    assert [(tag.name, tag.note, tag.has_id(str(accepted["tag_object"]))) for tag in tags] == [
        ("v0.1.0", accepted["checkpoint"], True)
    ]
    pushed = trial.project.git("ls-remote", "--refs", "--tags", "origin")
    assert pushed == f"{accepted['tag_object']}\trefs/tags/v0.1.0"


@AND_OUTAGES
def test_a_faulty_release_is_rolled_back(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    second_release(trial, "serving")
    to_held(trial, "production")
    trial.crash_from_now_on(moment)
    trial.project.let_go("production")
    trial.run({}, at(State.ACTIVE, "0.1.0"))
    rolled_back = [Event.DEPLOYMENT_PASSED, Event.VERIFICATION_FAILED, Event.ROLLBACK_PASSED]
    assert told(trial.end(), since=trial.before_crashes) == rolled_back
    assert trial.project.version_in("production") == "0.1.0"


@AND_OUTAGES
def test_an_agents_rollback_interrupts_the_deployment(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    second_release(trial, "none")
    to_held(trial, "production", strays=True)
    trial.crash_from_now_on(moment)
    trial.run({"DEPLOYING, running": roll_back}, at(State.ACTIVE, "0.1.0"))
    assert told(trial.end(), since=trial.before_crashes) == [Event.ROLLBACK_STARTED, Event.ROLLBACK_PASSED]
    assert trial.project.version_in("production") == "0.1.0"


def test_a_failing_build_is_refused(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    trial.project.publish("build")
    to_held(trial, "build")
    trial.crash_from_now_on(moment)
    trial.project.let_go("build")
    refused = trial.run({}, at(State.ACTIVE))
    assert told(trial.end(), since=trial.before_crashes) == [Event.CANDIDATE_REFUSED]
    assert [row["gate"] for row in refused["blocked_by"]] == ["build"]


def test_a_failing_staging_script_keeps_production_locked(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    trial.project.publish("staging")
    to_held(trial, "staging")
    trial.crash_from_now_on(moment)
    trial.project.let_go("staging")
    trial.run({}, at(State.RELEASE_CANDIDATE))
    assert told(trial.end(), since=trial.before_crashes) == [Event.STAGING_FAILED]


def test_a_failing_first_deployment_halts_until_a_person_resolves_it(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    trial.project.publish("production")
    to_held(trial, "production")
    trial.crash_from_now_on(moment)
    trial.project.let_go("production")
    trial.run({"HALTED": ask("resolve", production=None)}, at(State.ACTIVE))
    assert told(trial.end(), since=trial.before_crashes) == [
        Event.DEPLOYMENT_FAILED,
        Event.ROLLBACK_FAILED,
        Event.RESOLVED,
    ]


def test_an_abandoned_candidate_leaves_its_version_to_the_next(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    to_held(trial, "staging", strays=True)
    trial.crash_from_now_on(moment)
    trial.run({"STAGING, running": abandon, "RELEASE_CANDIDATE": abandon}, at(State.ACTIVE))
    status = trial.run({"ACTIVE": prepare}, at(State.RELEASE_CANDIDATE))
    assert status["release"]["version"] == "0.1.0"
    happened = [Event.STAGING_FAILED, Event.RELEASE_ABANDONED, Event.CANDIDATE_ACCEPTED]
    assert told(trial.end(), since=trial.before_crashes) == happened


def test_an_abandoned_build_leaves_its_version_to_the_next(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    to_held(trial, "build", strays=True)
    trial.crash_from_now_on(moment)
    trial.run({"ACTIVE, running": abandon}, at(State.ACTIVE))
    trial.project.let_go("build")
    status = trial.run({"ACTIVE": prepare}, at(State.RELEASE_CANDIDATE))
    assert status["release"]["version"] == "0.1.0"
    assert told(trial.end(), since=trial.before_crashes) == [Event.CANDIDATE_REFUSED, Event.CANDIDATE_ACCEPTED]


def test_an_abandoned_request_for_production_asks_nobody(new_trial: NewTrial, moment: Moment) -> None:
    trial = new_trial()
    trial.run(RELEASE, at(State.SOAKING))
    trial.project.hold("staging-health")
    trial.run(RELEASE, lambda status: (status["operation"] or {}).get("step") == "staging-health")
    trial.crash_from_now_on(moment)
    trial.run({"SOAKING, running": abandon}, at(State.ACTIVE))
    assert told(trial.end(), since=trial.before_crashes) == [Event.RELEASE_ABANDONED]


def test_a_rollback_that_a_person_approves_goes_back_to_the_first_release(new_trial: NewTrial, moment: Moment) -> None:
    def rolled_back(client: ReleaseClient, status: Status) -> bool:
        return answer("ROLLBACK-NOW")(client, status) or roll_back(client, status)

    trial = new_trial()
    second_release(trial, "none")
    trial.run(RELEASE, at(State.IDLE, "0.2.0"))
    trial.crash_from_now_on(moment)
    trial.run({"IDLE": rolled_back}, at(State.IDLE, "0.1.0"))
    assert told(trial.end(), since=trial.before_crashes) == [Event.ROLLBACK_STARTED, Event.ROLLBACK_PASSED]
    assert trial.project.version_in("production") == "0.1.0"


NOES: dict[str, Action | None] = {
    "not confirmed": answer("deploy-now"),
    "rejected": ask("reject"),
    "expired": None,
}
"""What spends an approval: by the word of it in the history, what a person does. Without an answer it expires."""


@pytest.mark.parametrize("how", NOES)
def test_a_no_spends_the_approval_and_keeps_the_soak(new_trial: NewTrial, moment: Moment, how: str) -> None:
    said = NOES[how]
    trial = new_trial(expires="15m" if said else "1500ms")
    trial.run(RELEASE, at(State.AWAITING_APPROVAL))
    trial.crash_from_now_on(moment)
    actions: Actions = {"AWAITING_APPROVAL": said} if said else {}
    trial.run(actions, at(State.SOAKING))
    evidence = trial.end()
    assert told(evidence, since=trial.before_crashes) == [Event.APPROVAL_SPENT]
    assert how in summaries(evidence, Event.APPROVAL_SPENT)[0]
