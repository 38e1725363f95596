"""Telling those of this process who watch that a project has changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Subscription:
    """The ids of changed projects, endlessly, and None where any of them may have changed.

    Several changes of one project that was not taken yet come as one.
    """

    def __init__(self) -> None:
        self._changed: dict[str | None, None] = {}
        self._some = asyncio.Event()

    def add(self, project_id: str | None) -> None:
        self._changed[project_id] = None
        self._some.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> str | None:
        while not self._changed:
            self._some.clear()
            await self._some.wait()
        project_id = next(iter(self._changed))
        del self._changed[project_id]
        return project_id


class Publication:
    """Fans every change out to all subscriptions of this process."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, project_id: str | None) -> None:
        for subscription in self._subscriptions:
            subscription.add(project_id)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
