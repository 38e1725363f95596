"""The engine's transactions: every committed change is followed by the notice that it deserves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sentinel.core.notices import notice
from sentinel.engine.ports import Transaction
from sentinel.engine.world import World
from sentinel.errors.store import StoreUnavailableError

Result = TypeVar("Result")


@asynccontextmanager
async def transaction(world: World, project_id: str, *, fence: int | None = None) -> AsyncIterator[Transaction]:
    """A transaction of the store; people are told after it is committed, and only then."""
    async with world.store.transaction(project_id, fence=fence) as tx:
        before = tx.project
        yield tx
        after = tx.project
    if (told := notice(before, after)) is not None:
        world.notifier.post(told.title, told.body)


async def with_reserve(world: World, action: Callable[[], Awaitable[Result]]) -> Result:
    """`action`, once more with the space that is kept for rollbacks where the store had none left (design 5)."""
    try:
        return await action()
    except StoreUnavailableError:
        world.reserve.release()
        return await action()
