"""The supervisor of a script crashes, alone or with its daemon: only then a script runs again, never beside itself."""

import json
import os
import signal
from pathlib import Path

import pytest

from sentinel.core.release.states import Event, State
from tests.adapters.supervised import supervisor_of
from tests.crash import crashing_supervisor
from tests.crash.actions import RELEASE
from tests.crash.conftest import NewTrial
from tests.crash.scenario import at, summaries, to_held
from tests.crash.trial import Trial

pytestmark = pytest.mark.timeout(300)
HOST_DIES = pytest.mark.parametrize("host", [False, True], ids=["alone", "with its daemon"])


def with_dying_supervisors(trial: Trial, script: str, file: str, *, attempts: int = 1, host: bool = False) -> None:
    """The supervisors of the first attempts of `script` crash as soon as `file` is there."""
    orders = {"script": script, "file": file, "attempts": attempts, "daemon": host}
    (trial.project.folder / crashing_supervisor.ORDERS).write_text(json.dumps(orders))
    trial.daemon.supervisor = Path(crashing_supervisor.__file__)


def attempts(trial: Trial, script: str) -> list[tuple[str, int]]:
    """What the attempts of a script said."""
    return [(run.word, run.attempt) for run in trial.project.runs() if run.name == script]


@HOST_DIES
@pytest.mark.parametrize("script", ["build", "staging", "production"])
def test_a_script_is_run_again_once_nothing_of_its_lost_run_is_left(
    new_trial: NewTrial, script: str, *, host: bool
) -> None:
    trial = new_trial()
    to_held(trial, script, strays=True)
    (lost,) = trial.project.begun(script)
    if host:
        trial.daemon.kill()
    os.kill(supervisor_of(lost.folder), signal.SIGKILL)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    trial.end()
    assert attempts(trial, script) == [("begin", 1), ("begin", 2), ("end", 2)]


@HOST_DIES
@pytest.mark.parametrize("file", ["identity.json", "command.json"])
def test_a_supervisor_that_dies_before_its_script_has_begun_is_followed_by_another(
    new_trial: NewTrial, file: str, *, host: bool
) -> None:
    trial = new_trial()
    with_dying_supervisors(trial, "production", file, host=host)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    trial.end()
    assert attempts(trial, "production") == [("begin", 2), ("end", 2)]


@HOST_DIES
def test_a_result_that_was_written_counts_though_its_supervisor_died(new_trial: NewTrial, *, host: bool) -> None:
    trial = new_trial()
    with_dying_supervisors(trial, "production", "status.json", host=host)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    trial.end()
    assert attempts(trial, "production") == [("begin", 1), ("end", 1)]


def test_a_script_that_is_lost_again_and_again_has_failed(new_trial: NewTrial) -> None:
    trial = new_trial()
    with_dying_supervisors(trial, "production", "command.json", attempts=99)
    trial.run(RELEASE, at(State.HALTED))
    evidence = trial.end()
    assert ["was lost 3 times" in summary for summary in summaries(evidence, Event.DEPLOYMENT_FAILED)] == [True]
    assert trial.project.version_in("production") == ""
