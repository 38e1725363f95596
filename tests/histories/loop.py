"""An event loop whose time is simulated: it passes only when every task waits, and then at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from contextvars import Context
from itertools import count
from typing import Any

from anyio._backends import _asyncio as backend

TURNS = 400_000
"""Turns of the loop after which a history is taken to go round in circles."""


class StandstillError(AssertionError):
    """Every task waits for something that nobody will do, or tasks keep each other busy without end."""


class _Time(selectors.SelectSelector):
    """Nothing is ever ready here: there is no other thread and no other process."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.turns += 1
        if timeout is None:
            raise StandstillError("every task waits, and no clock runs")
        if self.turns > TURNS:
            raise StandstillError(f"{TURNS} turns of the event loop were not enough")
        self.seconds += max(0.0, timeout)
        return []


class NumberedTask(asyncio.Task[Any]):
    """Sets of tasks are gone through in an order that depends on nothing but the history."""

    numbers = count()

    def __init__(self, work: Coroutine[Any, Any, Any], **options: Any) -> None:
        self._number = next(self.numbers)
        super().__init__(work, **options)

    def __hash__(self) -> int:
        return self._number


class SimulatedLoop(asyncio.SelectorEventLoop):
    """asyncio as it is, but for its clock."""

    def __init__(self) -> None:
        self._simulated = _Time()
        NumberedTask.numbers = count()
        super().__init__(self._simulated)
        self.set_task_factory(_new_task)

    def time(self) -> float:
        return self._simulated.seconds


def _new_task(
    loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None, **options: Any
) -> NumberedTask:
    return NumberedTask(work, loop=loop, context=context, **options)


class NumberedScopes:
    """The same for anyio's cancel scopes, which have no room for a number of their own."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._next = count()

    def new(self, kind: type[backend.CancelScope], **_options: object) -> backend.CancelScope:
        scope = object.__new__(kind)
        self._numbers[id(scope)] = next(self._next)
        return scope

    def number(self, scope: backend.CancelScope) -> int:
        return self._numbers[id(scope)]
