"""Crashes of a daemon at its commits: each that changes a document or journals a step, and no other."""
# ruff: noqa: SLF001 - the commit of a transaction is nobody else's business

from typing import Any

from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.store.transaction import StoreTransaction
from sentinel.core.release.change import Change, Snapshot
from tests.crash.crash_points import JOURNALLED, CrashPoints, Moment, joined, part


def crash_at_commits(crashes: CrashPoints, moment: Moment) -> None:
    """Right before or right after them, from now on."""
    collected: list[str] = []
    _collect(collected)
    commit: Any = SqlStore._commit

    async def crashing(self: SqlStore, connection: object, head: object, snapshot: Snapshot, **rest: bool) -> None:
        # A new project is stored without a transaction of its own kind.
        what = "project.registered" if snapshot.revision == 1 else joined(collected)
        collected.clear()
        crashes.doing = _operation(await self.load(snapshot.project.id), snapshot)
        if what and moment == "before":
            crashes.at(what)
        await commit(self, connection, head, snapshot, **rest)
        if what and moment == "after":
            crashes.at(what)

    _replace(SqlStore, "_commit", crashing)


def _collect(collected: list[str]) -> None:
    """Has every transaction put its parts there; one after the other, as SQLite has it."""
    begin: Any = StoreTransaction.__init__
    apply: Any = StoreTransaction.apply
    record: Any = StoreTransaction.record_step

    def beginning(self: StoreTransaction, *given: object, **named: object) -> None:
        begin(self, *given, **named)
        collected.clear()

    def applying(self: StoreTransaction, change: Change) -> None:
        apply(self, change)
        collected.extend(part(entry) for entry in change.entries)

    async def recording(self: StoreTransaction, operation_id: str, step: str, result: object) -> None:
        await record(self, operation_id, step, result)
        collected.append(f"{step} {JOURNALLED}")

    for name, method in (("__init__", beginning), ("apply", applying), ("record_step", recording)):
        _replace(StoreTransaction, name, method)


def _operation(*snapshots: Snapshot | None) -> str:
    """The operation that the commit belongs to: the one that runs before it, else the one that it begins."""
    operations = (snapshot.project.operation for snapshot in snapshots if snapshot is not None)
    return next((operation.kind for operation in operations if operation is not None), "nothing")


def _replace(owner: type, name: str, method: object) -> None:
    setattr(owner, name, method)
