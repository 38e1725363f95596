"""Several daemons on one PostgreSQL, of which each has a fault at every point of a scenario that it comes to."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from signal import SIGCONT
from threading import Event, Thread
from typing import Any

import psycopg

from tests.crash.clients import DaemonEnded, ReleaseClient, SocketClient, Status
from tests.crash.crash_points import Fault, Moment
from tests.crash.daemons import CrashingDaemon
from tests.crash.evidence import PROJECT

SECONDS = 60.0
ADOPTION_SECONDS = 10.0
"""How soon another replica goes on, once the server has freed what a lost one held."""
SILENCE_SECONDS = 3.0
"""How long the server takes to free what a silent replica held, and to end its transaction."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A daemon with a state folder of its own."""

    home: Path
    daemon: CrashingDaemon

    def is_stopped(self) -> bool:
        with suppress(OSError):
            return Path(f"/proc/{self.daemon.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False


@dataclass(slots=True)
class Replicas:
    """`waits` are the seconds from each fault to the moment at which another replica had gone on."""

    replicas: Sequence[Replica]
    database: str
    directory: Path
    fault: Fault
    moment: Moment
    waits: list[float] = field(default_factory=list)
    _faults: list[BaseException] = field(default_factory=list)
    _over: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator[ReleaseClient]:
        """The fleet with somebody who wakes the stopped and replaces the killed, once others have gone on."""
        for replica in self.replicas:
            replica.daemon.begin(self.moment)
        threads = [Thread(target=self._tend, args=(replica,)) for replica in self.replicas]
        for thread in threads:
            thread.start()
        try:
            yield ReplicasClient(self)
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            for replica in self.replicas:
                replica.daemon.kill()
        assert self._faults == []

    def homes(self) -> Iterator[Path]:
        """Those of the daemons that are there and awake, in turns and without end."""
        for replica in cycle(self.replicas):
            if replica.daemon.pid is not None and not replica.is_stopped():
                yield replica.home
            else:
                time.sleep(0.01)

    def _tend(self, replica: Replica) -> None:
        try:
            while not self._over.wait(0.02):
                if replica.daemon.is_over():
                    self._until_others_go_on()
                    replica.daemon.begin(self.moment)
                elif replica.is_stopped():
                    self._until_others_go_on()
                    _wake(replica)
        except BaseException as error:  # noqa: BLE001 - raised where the scenario runs
            self._faults.append(error)

    def _until_others_go_on(self) -> None:
        """Until the project has another entry, or nothing runs there that could be gone on with."""
        began, before = time.monotonic(), self._head()
        while before is not None and before[1] and self._head() == before:
            waited = time.monotonic() - began
            assert waited < SILENCE_SECONDS + ADOPTION_SECONDS, f"nobody went on for {waited:.0f} s at {before}"
            time.sleep(0.02)
        self.waits.append(time.monotonic() - began)

    def _head(self) -> tuple[Any, ...] | None:
        """How many entries the project has, and whether an operation runs."""
        query = "SELECT audit_sequence, document::json ->> 'operation' IS NOT NULL FROM projects WHERE id = %s"
        with psycopg.connect(self.database, autocommit=True) as connection:
            try:
                return connection.execute(query, (PROJECT,)).fetchone()
            except psycopg.errors.UndefinedTable:
                return None


def _wake(replica: Replica) -> None:
    assert replica.daemon.pid is not None
    os.kill(replica.daemon.pid, SIGCONT)


class ReplicasClient:
    """An agent and a person who turn to another daemon each time; one that has ended is asked later."""

    def __init__(self, replicas: Replicas) -> None:
        self._directory = replicas.directory
        self._homes = replicas.homes()

    def call(self, tool: str, **arguments: object) -> Status | None:
        status: Status | None = self._somewhere(
            lambda client: client.call(tool, **arguments), again=tool == "release_status"
        )
        return status

    def ask(self, command: str, **arguments: object) -> Any:
        return self._somewhere(lambda client: client.ask(command, **arguments), again=False)

    def _somewhere(self, use: Any, *, again: bool) -> Any:
        """What it came to; None where the daemon went away over it, unless that may be asked `again`."""
        deadline = time.monotonic() + SECONDS
        for home in self._homes:
            assert time.monotonic() < deadline, "no daemon answers"
            with suppress(DaemonEnded):
                client = SocketClient(home, self._directory)
                try:
                    found = use(client)
                finally:
                    client.close()
                if found is not None or not again:
                    return found
            if not again:
                return None
        return None
