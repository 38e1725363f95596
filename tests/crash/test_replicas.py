"""Three replicas on one PostgreSQL: whatever becomes of the one that runs a release, another one goes on with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sentinel.core.release.states import State
from sentinel.demo.inbox import open_inbox
from tests.crash.deaths import Fate, Moment, part, parts_of
from tests.crash.evidence import Evidence, read_evidence
from tests.crash.fleet import Fleet, Replica
from tests.crash.insistent import RELEASE, insist
from tests.crash.lives import Lives
from tests.crash.story import RELEASED, at, told
from tests.crash.watched import Watched, place
from tests.protocol.installation import Installation
from tests.protocol.releasing import notify

pytestmark = pytest.mark.timeout(900)
COUNT = 3
STORY_SECONDS = 600.0
"""Of which most are waited for silent replicas to be given up."""


Launch = Callable[[Fate, Moment], tuple[Fleet, Callable[[], Evidence]]]


@pytest.fixture
def launch(folder: Path, postgres_url: str) -> Iterator[Launch]:
    """A fleet that governs one project, and what it leaves once it has ended."""
    with ExitStack() as stack:

        def make(fate: Fate, moment: Moment) -> tuple[Fleet, Callable[[], Evidence]]:
            urls = {name: stack.enter_context(place(folder / name)) for name in ("staging", "production")}
            project = Watched.create(folder, urls)
            inbox = stack.enter_context(open_inbox())
            extra = {"SENTINEL_DATABASE_URL": postgres_url, "SENTINEL_SHARED": str(folder / "shared")}
            replicas = []
            for number in range(COUNT):
                installation = Installation(folder / f"home-{number}", project.root, extra)
                notify(installation, f"http://127.0.0.1:{inbox.server_port}")
                environment = installation.environment
                lives = Lives(environment, folder, log=f"daemon-{number}.log", fate=fate, hasty=True)
                stack.callback(lives.kill)
                replicas.append(Replica(installation.home, lives))

            def left() -> Evidence:
                evidence = read_evidence(folder, postgres_url)
                assert evidence is not None
                evidence.check(project.runs(), inbox.titles)
                evidence.check_end()
                attempts = {run.attempt for run in project.runs()}
                assert attempts == {1}, "a script was lost with its daemon alone"
                return evidence

            return Fleet(replicas, postgres_url, project.root, fate, moment), left

        yield make


@contextmanager
def spoken(fleet: Fleet) -> Iterator[None]:
    """Whatever goes wrong comes with what the daemons said last."""
    try:
        yield
    except BaseException as error:
        for replica in fleet.replicas:
            error.add_note(f"{replica.lives.told[-3:]} {replica.lives.last_words()[-1500:]}")
        raise


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("fate", ["killed", "stopped", "cut off"])
def test_another_replica_goes_on_whatever_becomes_of_the_runner(launch: Launch, fate: Fate, moment: Moment) -> None:
    fleet, left = launch(fate, moment)
    with spoken(fleet):
        with fleet.sailing() as hands:
            insist(hands, RELEASE, at(State.IDLE, "0.1.0"), seconds=STORY_SECONDS)
        print(f"another one went on after {sorted(fleet.waits)} s")  # noqa: T201 - shown where the test fails
        evidence = left()
        assert told(evidence) == RELEASED
        entries = {part(entry) for entry in evidence.entries}
        met = {word for point in fleet.replicas[0].lives.deaths for word in parts_of(point)}
        assert entries - met == set(), "nothing happened there to a replica"
