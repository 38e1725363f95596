"""Three replicas on one PostgreSQL: whatever becomes of the one that runs a release, another one goes on with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sentinel.core.release.states import State
from sentinel.demo.person import open_inbox
from tests.crash.actions import RELEASE, act_until
from tests.crash.crash_points import Fault, Moment, part, parts_of
from tests.crash.daemons import CrashingDaemon
from tests.crash.evidence import Evidence, read_evidence
from tests.crash.replicas import Replica, Replicas
from tests.crash.scenario import RELEASED, at, told
from tests.crash.watched import Watched, place
from tests.protocol.installation import Installation
from tests.protocol.releasing import notify

pytestmark = pytest.mark.timeout(900)
COUNT = 3
SCENARIO_SECONDS = 600.0
"""Of which most are waited for silent replicas to be given up."""


Launch = Callable[[Fault, Moment], tuple[Replicas, Callable[[], Evidence]]]


@pytest.fixture
def launch(folder: Path, postgres_url: str) -> Iterator[Launch]:
    """A fleet that governs one project, and what it leaves once it has ended."""
    with ExitStack() as stack:

        def make(fault: Fault, moment: Moment) -> tuple[Replicas, Callable[[], Evidence]]:
            urls = {name: stack.enter_context(place(folder / name)) for name in ("staging", "production")}
            project = Watched.create(folder, urls)
            inbox = stack.enter_context(open_inbox())
            extra = {"SENTINEL_DATABASE_URL": postgres_url, "SENTINEL_SHARED": str(folder / "shared")}
            replicas = []
            for number in range(COUNT):
                installation = Installation(folder / f"home-{number}", project.root, extra)
                notify(installation, f"http://127.0.0.1:{inbox.server_port}")
                environment = installation.environment
                daemon = CrashingDaemon(
                    environment, folder, log=f"daemon-{number}.log", fault=fault, short_timeouts=True
                )
                stack.callback(daemon.kill)
                replicas.append(Replica(installation.home, daemon))

            def left() -> Evidence:
                evidence = read_evidence(folder, postgres_url)
                assert evidence is not None
                evidence.check(project.runs(), inbox.titles)
                evidence.check_end()
                attempts = {run.attempt for run in project.runs()}
                assert attempts == {1}, "a script was lost with its daemon alone"
                return evidence

            return Replicas(replicas, postgres_url, project.root, fault, moment), left

        yield make


@contextmanager
def spoken(replicas: Replicas) -> Iterator[None]:
    """Whatever goes wrong comes with what the daemons said last."""
    try:
        yield
    except BaseException as error:
        for replica in replicas.replicas:
            error.add_note(f"{replica.daemon.told[-3:]} {replica.daemon.log_tail()[-1500:]}")
        raise


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("fault", ["killed", "stopped", "cut off"])
def test_another_replica_goes_on_whatever_becomes_of_the_runner(launch: Launch, fault: Fault, moment: Moment) -> None:
    replicas, left = launch(fault, moment)
    with spoken(replicas):
        with replicas.running() as client:
            act_until(client, RELEASE, at(State.IDLE, "0.1.0"), seconds=SCENARIO_SECONDS)
        print(f"another one went on after {sorted(replicas.waits)} s")  # noqa: T201 - shown where the test fails
        evidence = left()
        assert told(evidence) == RELEASED
        entries = {part(entry) for entry in evidence.entries}
        met = {word for point in replicas.replicas[0].daemon.crashes for word in parts_of(point)}
        assert entries - met == set(), "nothing happened there to a replica"
