"""A scenario with a daemon that crashes again and again."""

import base64
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.core.proof.checkpoint import TagObject
from sentinel.demo.person import Inbox
from tests.crash.actions import Actions, act_until
from tests.crash.clients import DaemonEnded, SocketClient, Status
from tests.crash.crash_points import JOURNALLED, Moment, part, parts_of
from tests.crash.daemons import CrashingDaemon
from tests.crash.evidence import Evidence, read_evidence
from tests.crash.watched import Watched

SECONDS = 60.0
MANY = 500
"""Daemons after which a scenario is taken to stand still."""


@dataclass(slots=True)
class Trial:
    """`home` is the daemon's SENTINEL_HOME; `moment` is when it crashes, from `crash_from_now_on` on.

    `inbox` is where people are told.
    """

    project: Watched
    home: Path
    daemon: CrashingDaemon
    inbox: Inbox
    database: str | None
    moment: Moment | None = None
    _before: Evidence | None = None

    @property
    def before_crashes(self) -> int:
        """The last audit entry that was made before crashes began."""
        return self._before.head.sequence if self._before else 0

    def crash_from_now_on(self, moment: Moment) -> None:
        """The daemon of now is killed; all that follow crash by themselves, at every point of that kind."""
        self._before = self.kill()
        self.moment = moment

    def run(self, actions: Actions, until: Callable[[Status], bool]) -> Status:
        """Goes on until the agent sees what it waits for; the daemon of then still runs."""
        with self._told():
            for _ in range(MANY):
                if self.daemon.is_over():
                    self.daemon.begin(self.moment)
                try:
                    with self._client() as client:
                        return act_until(client, actions, until)
                except DaemonEnded:
                    assert self.daemon.is_over(SECONDS), "the connection ended, and the daemon runs"
                    self._examine()
        raise AssertionError(f"{MANY} daemons were not enough: {self.daemon.told[-10:]}")

    def kill(self) -> Evidence | None:
        """kill -9 from outside, and what was left; None where there is no project yet."""
        with self._told():
            self.daemon.kill()
            return self._examine()

    def _examine(self) -> Evidence | None:
        """Raises AssertionError where what the killed daemon left is not as it should be."""
        evidence = read_evidence(self.home, self.database)
        if evidence is not None:
            evidence.check(self.project.runs(), self.inbox.titles)
        return evidence

    def end(self) -> Evidence:
        """The end of the scenario: the daemon is killed, and there was a crash at every point of it."""
        with self._told():
            evidence = self._all_told()
            evidence.check_end()
            if self.moment in ("before", "after"):
                self._check_crashed_everywhere(evidence)
            if self.moment in ("before", "after", "between"):
                assert {run.attempt for run in self.project.runs()} == {1}, "a script was lost with its daemon alone"
            return evidence

    def proved(self) -> tuple[Mapping[str, Any], tuple[TagObject, ...]]:
        """What a daemon without crashes finds of the history, and the tags that it has made."""
        self.daemon.begin(None)
        with self._client() as client:
            found = client.ask("verify_audit")
            tags = [TagObject(tag["name"], base64.b64decode(tag["content"])) for tag in client.ask("audit_tags")]
        self.kill()
        return found, tuple(tags)

    def _all_told(self) -> Evidence:
        """The daemon is killed, and whatever it has not told people before, another one does without crashes."""
        evidence = self.kill()
        assert evidence is not None, "there is no project"
        told = Counter(self.inbox.titles) + Counter(evidence.notices)
        self.daemon.begin(None)
        deadline = time.monotonic() + SECONDS
        while missing := told - Counter(self.inbox.titles):
            assert time.monotonic() < deadline, f"nobody is told: {missing}"
            time.sleep(0.02)
        self.kill()
        return evidence

    def _check_crashed_everywhere(self, evidence: Evidence) -> None:
        """Every audit entry since the crashes began, and the journal of every step that was done since then."""
        entries = {part(entry) for entry in evidence.entries if entry.sequence > self.before_crashes}
        done = evidence.done - (self._before.done if self._before else set())
        crashed = {word for point in self.daemon.crashes for word in parts_of(point)}
        missed = (entries | {f"{step} {JOURNALLED}" for _, step in done}) - crashed
        assert missed == set(), f"nothing crashed at {missed}"

    @contextmanager
    def _client(self) -> Iterator[SocketClient]:
        client = self._connected()
        try:
            yield client
        finally:
            client.close()

    def _connected(self) -> SocketClient:
        """A connection to the daemon as soon as it serves. Raises Gone where it dies before that."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                return SocketClient(self.home, self.project.root)
            except DaemonEnded:
                if self.daemon.is_over(0.01):
                    raise
        raise AssertionError(f"the daemon does not serve: {self.daemon.log_tail()}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong comes with the daemons that led to it."""
        try:
            yield
        except BaseException as error:
            if not hasattr(error, "__notes__"):
                error.add_note("\n".join([*self.daemon.told, "The daemon said last:", self.daemon.log_tail()]))
            raise
