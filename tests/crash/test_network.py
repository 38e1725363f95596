"""The network between a replica and its database swallows everything: nobody is told, and no connection ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from sentinel.core.release.states import State
from sentinel.demo.person import Inbox, open_inbox
from tests.crash.actions import RELEASE, Actions, act_until
from tests.crash.clients import DaemonEnded, SocketClient, Status
from tests.crash.daemons import CrashingDaemon
from tests.crash.evidence import PROJECT, Evidence, read_evidence
from tests.crash.replicas import ADOPTION_SECONDS, SILENCE_SECONDS, Replica
from tests.crash.scenario import RELEASED, at, told
from tests.crash.watched import Watched, place
from tests.protocol.installation import Installation
from tests.protocol.releasing import notify
from tests.wire import Wire, wire_to

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0
ANSWER_SECONDS = 20.0
"""Within which a daemon with short timeouts says that its database does not answer: it tries a new connection, too."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replicas; only the way of the `far` one to the database leads over the wire."""

    project: Watched
    far: Replica
    near: Replica
    wire: Wire
    inbox: Inbox
    database: str

    def fence(self) -> int:
        """Grows whenever a runner takes the operation up."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            query = "SELECT document::json ->> 'fence' FROM projects WHERE id = %s"
            row = connection.execute(query, (PROJECT,)).fetchone()
        assert row is not None
        return int(row[0])

    def at(self, replica: Replica) -> SocketClient:
        """As soon as it serves."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return SocketClient(replica.home, self.project.root)
            except DaemonEnded:
                assert time.monotonic() < deadline, replica.daemon.log_tail()
                time.sleep(0.05)

    def run(self, replica: Replica, actions: Actions, until: Callable[[Status], bool]) -> None:
        with closing(self.at(replica)) as client:
            act_until(client, actions, until)

    def evidence(self) -> Evidence:
        evidence = read_evidence(self.far.home, self.database)
        assert evidence is not None
        evidence.check(self.project.runs(), self.inbox.titles)
        return evidence


@pytest.fixture
def pair(folder: Path, postgres_url: str) -> Iterator[Pair]:
    with ExitStack() as stack:
        urls = {name: stack.enter_context(place(folder / name)) for name in ("staging", "production")}
        project = Watched.create(folder, urls, window="3s")
        inbox = stack.enter_context(open_inbox())
        wire, over_the_wire = stack.enter_context(wire_to(postgres_url))

        def replica(name: str, database: str) -> Replica:
            extra = {"SENTINEL_DATABASE_URL": database, "SENTINEL_SHARED": str(folder / "shared")}
            installation = Installation(folder / name, project.root, extra)
            notify(installation, f"http://127.0.0.1:{inbox.server_port}")
            daemon = CrashingDaemon(installation.environment, folder, log=f"{name}.log", short_timeouts=True)
            stack.callback(daemon.kill)
            return Replica(installation.home, daemon)

        far, near = replica("far", over_the_wire), replica("near", postgres_url)
        yield Pair(project, far, near, wire, inbox, postgres_url)


@pytest.mark.parametrize("state", [State.DEPLOYING, State.VERIFYING])
def test_another_replica_goes_on_and_the_one_in_the_dark_says_so_and_changes_nothing(pair: Pair, state: State) -> None:
    pair.project.hold("production")
    pair.far.daemon.begin(None)
    pair.run(pair.far, RELEASE, lambda _: bool(pair.project.begun("production")))
    pair.near.daemon.begin(None)
    pair.at(pair.near).close()
    if state is State.VERIFYING:
        pair.project.let_go("production")
        pair.run(pair.far, {}, lambda status: "probes" in ((status["operation"] or {}).get("step") or ""))
    before = pair.fence()
    pair.wire.darken()
    in_the_dark = time.monotonic()
    with closing(pair.at(pair.far)) as client:
        status = client.call("release_status")
        answered = time.monotonic() - in_the_dark
        assert status is not None, "the replica in the dark does not answer"
        assert (status["ok"], status["state"]) == (False, "UNKNOWN"), status
        assert "cannot be reached: the database does not answer" in status["message"], status
        assert answered < ANSWER_SECONDS
    deadline = in_the_dark + SILENCE_SECONDS + ADOPTION_SECONDS
    while state is State.DEPLOYING and pair.fence() == before:
        assert time.monotonic() < deadline, "nobody goes on"
        time.sleep(0.02)
    if state is State.DEPLOYING:
        pair.project.let_go("production")
    pair.run(pair.near, RELEASE, at(State.IDLE, "0.1.0"))
    ended = pair.evidence()
    assert told(ended) == RELEASED
    pair.wire.mend()
    pair.run(pair.far, {}, at(State.IDLE, "0.1.0"))
    assert pair.evidence() == ended
    assert {run.attempt for run in pair.project.runs()} == {1}
