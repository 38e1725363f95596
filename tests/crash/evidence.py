"""What must be true of a store after every daemon: the document, the history and what the scripts said."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from sentinel.adapters.clock import SystemClock
from sentinel.adapters.store.store import SqlStore
from sentinel.core.audit.chain import AuditEntry, AuditHead, verify_chain
from sentinel.core.release.invariants import broken_invariant
from sentinel.core.release.model import Project
from sentinel.core.release.states import Event
from tests.crash.history import check_claims, check_operations, check_productions, check_told, check_transitions
from tests.crash.watched import Line

PROJECT = "crash"
ENDS = (Event.VERIFICATION_PASSED, Event.ROLLBACK_PASSED, Event.ROLLBACK_FAILED, Event.VERIFICATION_BLIND)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A store as a dead daemon left it; `done` are the journalled steps, with the operation of each.

    `notices` are the titles of those that nobody has been told for certain.
    """

    project: Project
    entries: tuple[AuditEntry, ...]
    head: AuditHead
    done: frozenset[tuple[str, str]]
    notices: tuple[str, ...]

    def check(self, runs: Sequence[Line], told: Sequence[str]) -> None:
        """Raises AssertionError with what breaks an invariant."""
        fault, broken = verify_chain(self.entries, self.head), broken_invariant(self.project)
        assert (fault, broken) == (None, None), f"{fault}, {broken}"
        check_transitions(self.entries, self.project)
        check_operations(self.entries, self.project)
        check_productions(self.entries, runs)
        check_claims(self.entries)
        check_told(self.entries, [*self.notices, *told])
        check_runs(runs)

    def check_end(self) -> None:
        """The same of a scenario that is over: every production deployment has come to one of its ends."""
        events = [entry.data.get("on") for entry in self.entries if entry.kind == "transition"]
        for number, event in enumerate(events):
            if event == Event.DEPLOYMENT_STARTED:
                assert any(later in ENDS for later in events[number:]), "a deployment ended nowhere"
        assert self.project.operation is None, f"{self.project.operation} still runs"


def check_runs(runs: Sequence[Line]) -> None:
    """No script beside another one of its target, none twice, and a further attempt only of a run that was lost."""
    beside = [run for run in runs if run.word == "beside"]
    assert beside == [], f"a script ran beside another one of its target: {beside}"
    begun = [run.folder for run in runs if run.word == "begin"]
    ended = [run.folder for run in runs if run.word == "end"]
    assert len(set(begun)) == len(begun), f"a script began twice: {begun}"
    assert len(set(ended)) == len(ended), f"a script ended twice: {ended}"
    assert set(ended) <= set(begun), f"a script ended that had not begun: {ended}"
    for _, attempts in groupby(sorted(begun), key=lambda folder: folder.parent):
        *lost, _last = attempts
        seen = [folder for folder in lost if (folder / "status.json").exists()]
        assert seen == [], f"a script ran again although its end was seen: {seen}"


def read_evidence(home: Path, database: str | None) -> Evidence | None:
    """What the store in `home` holds, or the one at the address `database`; None where there is nothing yet.

    A file is read from a copy, so that it waits for its next daemon as it was left.
    """
    if database is not None:
        return anyio.run(_read, database)
    with TemporaryDirectory(prefix="s-") as folder:
        for file in home.glob("sentinel.db*"):
            shutil.copy(file, folder)
        return anyio.run(_read, f"sqlite:///{folder}/sentinel.db")


async def _read(url: str) -> Evidence | None:
    store = await SqlStore.open(url, SystemClock())
    try:
        found = await store.load(PROJECT)
        entries = [entry async for page in store.audit_history(PROJECT) for entry in page]
        head = await store.audit_head(PROJECT)
        operations = {str(entry.data["operation"]) for entry in entries if entry.kind == "operation.step"}
        notices = tuple(notice.title for notice in await store.notices())
        done = frozenset([(operation, step) for operation in operations for step in await store.steps(operation)])
    finally:
        await store.close()
    if found is None:
        assert (entries, head) == ([], AuditHead()), "there is a history of no project"
        return None
    return Evidence(found.project, tuple(entries), head, done, notices)
