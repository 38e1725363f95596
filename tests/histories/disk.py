"""The connections of the store without threads of their own, on a disk that can fail, in a process to be killed."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")

LONGEST_PAUSE_SECONDS = 0.2


@dataclass(slots=True)
class DaemonProcess:
    """One daemon: what it does has no effect any more once it has ended.

    `pause` is the chance that other tasks get their turn in the middle of something, `fault` that a commit fails.
    A `planned` kill comes at the next commit, before or after it.
    """

    chance: random.Random
    pause: float
    fault: float = 0.0
    planned: str = ""
    ended: bool = False
    killed: asyncio.Event = field(default_factory=asyncio.Event)
    committed: Callable[[sqlite3.Connection], None] = lambda _connection: None
    connections: list["InlineConnection"] = field(default_factory=list)

    async def let_others_run(self) -> None:
        """Lets others have their turn, sometimes. One that has ended goes no further."""
        if self.chance.random() < self.pause:
            await asyncio.sleep(self.chance.random() * LONGEST_PAUSE_SECONDS)
        if self.ended:
            raise asyncio.CancelledError

    def end(self) -> None:
        self.ended = True
        self.killed.set()

    def connect(self, database: str, **options: Any) -> "InlineConnection":
        """As aiosqlite's own, but without waiting for a lock: only one daemon at a time is there."""
        options["timeout"] = 0
        connection = InlineConnection(lambda: sqlite3.connect(database, **options), self)
        self.connections.append(connection)
        return connection


class _Inline:
    """The queue to the thread that there is not: SQLAlchemy sets the isolation level through it."""

    def put_nowait(self, item: tuple[asyncio.Future[object], Callable[[], object]]) -> None:
        future, work = item
        future.set_result(work())


class InlineConnection(aiosqlite.Connection):
    """Does its work where it is called, with a pause now and then."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], process: DaemonProcess) -> None:
        super().__init__(connector, 64)
        self._process = process
        self._tx = _Inline()  # type: ignore[assignment]
        self._opened: sqlite3.Connection | None = None

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        self._connection = self._opened = self._connector()
        yield from ()
        return self

    async def _execute(self, fn: Callable[..., T], *args: object, **named: object) -> T:
        process = self._process
        if process.chance.random() < process.pause:
            await asyncio.sleep(process.chance.random() * LONGEST_PAUSE_SECONDS)
        if process.ended or self._connection is None:
            raise sqlite3.OperationalError("nobody is there any more")
        if fn.__name__ == "commit" and self._connection.in_transaction:
            self._commit(self._connection)
        return fn(*args, **named)

    def _commit(self, connection: sqlite3.Connection) -> None:
        """Raises what a failing disk raises, with the transaction stored or not; a planned kill comes here."""
        process = self._process
        failing, after = process.chance.random() < process.fault, process.chance.random() < 0.5
        if process.planned == "before" or (failing and not after):
            process.ended = process.ended or bool(process.planned)
        else:
            connection.commit()
            process.committed(connection)
            process.ended = process.ended or bool(process.planned)
        if process.ended:
            process.killed.set()
        if process.ended or failing:
            raise sqlite3.OperationalError("disk I/O error")

    def stop(self) -> None:
        """Also where the killed daemon meant to close it, and could not any more."""
        if self._opened is not None:
            with suppress(sqlite3.ProgrammingError):  # closed in time
                self._opened.rollback()  # for an open cursor keeps a connection, and its lock, alive
            self._opened.close()
        self._connection = self._opened = None
