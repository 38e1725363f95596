"""The same on PostgreSQL, where the server frees what a killed daemon held before the next one can have it."""

import pytest

from sentinel.core.release.states import State
from tests.crash.actions import RELEASE
from tests.crash.conftest import NewTrial
from tests.crash.scenario import RELEASED, at, told


@pytest.mark.timeout(900)
def test_a_release_reaches_production_on_postgresql(new_trial: NewTrial, postgres_url: str) -> None:
    trial = new_trial(database=postgres_url)
    trial.crash_from_now_on("after")
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    assert told(trial.end()) == RELEASED
