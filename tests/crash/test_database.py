"""The database crashes and comes back while a release is in production: the daemon says so, and goes on."""

from contextlib import closing

import pytest

from sentinel.core.release.states import State
from tests.crash.actions import RELEASE
from tests.crash.clients import SocketClient, Status
from tests.crash.conftest import NewTrial
from tests.crash.scenario import RELEASED, at, summaries, to_held, told
from tests.crash.trial import Trial
from tests.postgres import PostgresServer

pytestmark = pytest.mark.timeout(300)


def restart(trial: Trial, server: PostgresServer) -> None:
    """All its sessions end at once; what the daemon says meanwhile is examined."""
    server.stop(crash=True)
    try:
        with closing(SocketClient(trial.home, trial.project.root)) as client:
            status = client.call("release_status")
    finally:
        server.start()
    assert status is not None, "the daemon does not answer"
    assert (status["ok"], status["state"]) == (False, "UNKNOWN"), status
    assert "The store cannot be reached: the database does not answer." in status["message"], status
    assert "bring the database back" in " ".join(status["next"]), status


def is_watched(status: Status) -> bool:
    return status["state"] == State.VERIFYING and "probes" in status["operation"]["step"]


def test_a_release_outlives_its_database_in_the_middle_of_its_script_and_of_its_verification(
    new_trial: NewTrial, postgres_url: str, postgres_server: PostgresServer
) -> None:
    trial = new_trial(database=postgres_url, window="3s")
    to_held(trial, "production")
    daemon = trial.daemon.pid
    restart(trial, postgres_server)
    # The script ends while nobody can write that down, or soon after.
    trial.project.let_go("production")
    trial.run({}, is_watched)
    restart(trial, postgres_server)
    trial.run(RELEASE, at(State.IDLE, "0.1.0"))
    assert trial.daemon.pid == daemon, "another daemon was needed"
    evidence = trial.end()
    assert told(evidence) == RELEASED
    assert "whole window" in summaries(evidence, RELEASED[-2])[0]
    assert [(run.word, run.attempt) for run in trial.project.runs() if run.name == "production"] == [
        ("begin", 1),
        ("end", 1),
    ]
