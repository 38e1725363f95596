"""The engine's transactions: every change is stored together with the notice that it deserves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sentinel.core.release.notices import notice
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

Result = TypeVar("Result")


@asynccontextmanager
async def transaction(world: World, project_id: str, *, fence: int | None = None) -> AsyncIterator[Transaction]:
    """A transaction of the store; people are told of what it commits, whoever lives to do that."""
    async with world.store.transaction(project_id, fence=fence) as tx:
        before = tx.project
        yield tx
        if (told := notice(before, tx.project)) is not None:
            await tx.add_notice(told)


async def with_reserve(world: World, action: Callable[[], Awaitable[Result]]) -> Result:
    """`action`, once more with the space that is kept for rollbacks where the store had none left."""
    try:
        return await action()
    except StoreUnavailableError:
        world.reserve.release()
        return await action()
