"""Changes of pages: each page that somebody shows is made once for all who show it, and only what changed is sent."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from sentinel.engine.api import Api
from sentinel.errors import SentinelError
from sentinel.front.console.elements import Clocked

Parts = Mapping[str, Clocked]
"""The live parts of a page by their ids."""


class Built(NamedTuple):
    """A page that was made, and after how long without news it is made again; None is seldom."""

    parts: Parts
    again_seconds: float | None


Build = Callable[[], Awaitable[Built]]

LOOK_AGAIN_SECONDS = 30.0
"""A page is made again after so long without news; nothing is sent where nothing changed."""
FAILED_SECONDS = 1.0
PING_SECONDS = 15.0
PING = b":\n\n"

log = structlog.get_logger(__name__)


class Subscriber:
    """One browser: what it has not been sent yet, the newest of each part."""

    def __init__(self) -> None:
        self._pending: dict[str, str] = {}
        self._order: tuple[str, ...] = ()
        self._news = asyncio.Event()
        self.ended = False

    def give(self, changed: Mapping[str, str], order: tuple[str, ...]) -> None:
        """`order` are the ids of all live parts: a page has more or fewer of them from one moment to the next."""
        self._pending.update(changed)
        self._order = order
        self._news.set()

    def end(self) -> None:
        self.ended = True
        self._news.set()

    async def next(self) -> bytes | None:
        """What to send next: news, or a sign of life; None at the end."""
        try:
            await asyncio.wait_for(self._news.wait(), PING_SECONDS)
        except TimeoutError:
            return PING
        if self.ended:
            return None
        self._news.clear()
        news = {
            "order": self._order,
            "parts": {name: self._pending[name] for name in self._order if name in self._pending},
        }
        self._pending = {}
        return f"event: parts\ndata: {json.dumps(news)}\n\n".encode()


class _Feed:
    """The changes of one page."""

    def __init__(self, api: Api, project_id: str, build: Build) -> None:
        self._api = api
        self._project_id = project_id
        self._build = build
        self._shown: Parts = {}
        self.subscribers: set[Subscriber] = set()
        self._task = asyncio.create_task(self._go_on())
        self._task.add_done_callback(self._end)

    def add(self, subscriber: Subscriber) -> None:
        self.subscribers.add(subscriber)
        if self._shown:
            subscriber.give(_as_of_now(self._shown), tuple(self._shown))

    @property
    def ended(self) -> bool:
        return self._task.done()

    def stop(self) -> None:
        self._task.cancel()

    def _end(self, task: asyncio.Task[None]) -> None:
        """Browsers ask again, and what failed is begun anew."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("page not followed", exc_info=error)
        for subscriber in self.subscribers:
            subscriber.end()

    async def _go_on(self) -> None:
        async with self._api.watch(self._project_id) as watch:
            while True:
                began = time.monotonic()
                again = await self._publish()
                # A page takes a fifth of a processor at most, however fast it changes.
                await asyncio.sleep(4 * (time.monotonic() - began))
                await watch.wait(again or LOOK_AGAIN_SECONDS)

    async def _publish(self) -> float | None:
        try:
            parts, again = await self._build()
        except SentinelError as error:
            log.warning("page not made again", what=error.what)
            return FAILED_SECONDS
        changed = {name: part for name, part in parts.items() if self._shown.get(name) != part}
        order, known = tuple(parts), tuple(self._shown)
        self._shown = parts
        if changed or order != known:
            fresh = _as_of_now(changed)
            for subscriber in tuple(self.subscribers):
                subscriber.give(fresh, order)
        return again


def _as_of_now(parts: Parts) -> Mapping[str, str]:
    now = datetime.now(UTC)
    return {name: part.at(now) for name, part in parts.items()}


class Feeds:
    """All pages that are shown now."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._feeds: dict[str, _Feed] = {}

    @asynccontextmanager
    async def subscribe(self, address: str, project_id: str, build: Build) -> AsyncIterator[Subscriber]:
        """The changes of the page at `address`, which are those of that project (all, where it is empty)."""
        feed = self._feeds.get(address)
        if feed is None or feed.ended:
            feed = self._feeds[address] = _Feed(self._api, project_id, build)
        subscriber = Subscriber()
        feed.add(subscriber)
        try:
            yield subscriber
        finally:
            feed.subscribers.discard(subscriber)
            if not feed.subscribers:
                feed.stop()
                if self._feeds.get(address) is feed:
                    del self._feeds[address]

    def end_all(self) -> None:
        """Every browser has to ask again."""
        for feed in self._feeds.values():
            feed.stop()
