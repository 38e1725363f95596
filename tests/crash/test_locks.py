"""What git leaves behind when it is killed with its host: locks in the mirror, which nobody else would remove."""

import pytest

from sentinel.core.release.states import Event, State
from tests.crash.actions import RELEASE
from tests.crash.conftest import NewTrial
from tests.crash.scenario import RELEASED, at, told
from tests.crash.trial import Trial

LOCKS = ("packed-refs", "refs/working/heads/main", "refs/remote/heads/main", "refs/tags/v0.1.0")


def leave_locks(trial: Trial) -> None:
    """As if git had just been writing each of these refs."""
    for name in LOCKS:
        lock = trial.home / "projects" / "crash" / "mirror.git" / f"{name}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()


@pytest.mark.timeout(300)
def test_a_build_goes_on_past_the_locks_of_a_git_that_died(new_trial: NewTrial) -> None:
    trial = new_trial()
    trial.run(RELEASE, lambda _: bool(trial.project.begun("tests")))
    trial.kill()
    leave_locks(trial)
    trial.run(RELEASE, at(State.RELEASE_CANDIDATE))
    assert told(trial.end()) == RELEASED[: RELEASED.index(Event.CANDIDATE_ACCEPTED) + 1]


@pytest.mark.timeout(300)
def test_a_release_reaches_production_past_the_locks_of_a_git_that_died(new_trial: NewTrial) -> None:
    trial = new_trial()
    trial.run(RELEASE, at(State.SOAKING))
    trial.kill()
    trial.project.publish("none, of a later commit")
    leave_locks(trial)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    assert told(trial.end()) == RELEASED
