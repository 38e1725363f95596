"""Telling those who watch that a project has changed, in this process and, on PostgreSQL, in the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy import URL

from sentinel.errors import SentinelError

log = structlog.get_logger(__name__)

CHANNEL = "sentinel_changes"
RETRY_SECONDS = 1.0


class Subscription:
    """The ids of changed projects; a burst of one project's changes comes as one."""

    def __init__(self) -> None:
        self._changed: dict[str, None] = {}
        self._some = asyncio.Event()

    def add(self, project_id: str) -> None:
        self._changed[project_id] = None
        self._some.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            await self._some.wait()
            self._some.clear()
            while self._changed:
                project_id = next(iter(self._changed))
                del self._changed[project_id]
                yield project_id


class Publication:
    """Fans every change out to all subscriptions of this process."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, project_id: str) -> None:
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


async def listen(url: URL, publication: Publication, everything: Callable[[], Awaitable[tuple[str, ...]]]) -> None:
    """PostgreSQL's notifications into `publication`, until cancelled.

    After a broken connection every project counts as changed, since what was said meanwhile is lost.
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                for project_id in await everything():
                    publication.publish(project_id)
                async for notification in connection.notifies():
                    publication.publish(notification.payload)
        except (psycopg.Error, SentinelError) as error:
            log.warning("notifications interrupted", kind=type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)
