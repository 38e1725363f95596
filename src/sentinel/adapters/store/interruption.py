"""Work that must not be torn in the middle."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """Waits for the end of `work` whoever cancels the caller meanwhile, and only then lets the cancellation go on.

    That of a scope shows at the caller's next wait; that of the task itself is raised here.
    """
    task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
    interruption: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as cancelled:
                interruption = cancelled
    if interruption is None:
        return task.result()
    if not task.cancelled():
        # A failure is no news to a caller that goes away; having asked keeps asyncio from reporting it.
        task.exception()
    raise interruption
