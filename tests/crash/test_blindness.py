"""A daemon that is dead during the verification: the time in which nobody looked counts for nothing."""

import time

import pytest

from sentinel.adapters.processes import boot_seconds
from sentinel.core.release.states import Event, State
from tests.crash.actions import RELEASE, ask
from tests.crash.clients import Status
from tests.crash.conftest import NewTrial
from tests.crash.scenario import at, summaries

BLIND_SECONDS = 7.0
"""More than the six that are tolerated of a short window where answers are expected within half a second."""


def _watched(status: Status) -> bool:
    """The verification has begun to see something."""
    return status["state"] == State.VERIFYING and "probes" in status["operation"]["step"]


@pytest.mark.timeout(300)
def test_a_verification_that_nobody_watched_for_too_long_halts(new_trial: NewTrial) -> None:
    trial = new_trial(latency="500ms", window="5s")
    trial.run(RELEASE, _watched)
    trial.kill()
    assert trial.project.version_in("production") == "0.1.0"
    blind_until = boot_seconds() + BLIND_SECONDS
    while boot_seconds() < blind_until:  # time itself is what has to pass
        time.sleep(0.05)
    trial.run({}, at(State.HALTED))
    trial.run({"HALTED": ask("resolve", production="0.1.0")}, at(State.ACTIVE, "0.1.0"))
    evidence = trial.end()
    assert summaries(evidence, Event.VERIFICATION_PASSED) == []
    blind = summaries(evidence, Event.VERIFICATION_BLIND)
    assert ["could not see production" in summary for summary in blind] == [True]
    assert [run.name for run in trial.project.runs() if run.name == "rollback"] == []
