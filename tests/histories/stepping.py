"""The store's `to_the_end` without a task of its own, where the work does not wait for anything: it cannot be torn."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from sentinel.adapters.store.database import to_the_end

T = TypeVar("T")


async def to_the_end_at_once(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """As `to_the_end`; what does wait goes on in a task, from where it stands."""
    if isinstance(work, asyncio.Task):
        return await to_the_end(work)
    try:
        waits_for = work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    return await to_the_end(_go_on(_Begun(work, waits_for)))


class _Begun:
    """A coroutine that waits for the first time."""

    def __init__(self, work: Coroutine[Any, Any, Any], waits_for: object) -> None:
        self._work = work
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for, work = self._waits_for, self._work
        while True:
            fault: BaseException | None = None
            answer: object = None
            try:
                answer = yield waits_for
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the work's
                fault = error
            try:
                waits_for = work.send(answer) if fault is None else work.throw(fault)
            except StopIteration as end:
                return end.value


async def _go_on(begun: _Begun) -> Any:
    return await begun
