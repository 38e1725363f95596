"""Brings people the notices that were stored with the changes they tell of (design 4: HALTED, and people are told)."""

from contextlib import suppress

import anyio
import structlog

from sentinel.core.notices import StoredNotice
from sentinel.engine.ports import Store
from sentinel.engine.world import Notifier
from sentinel.errors.grouped import unwrapped
from sentinel.errors.store import StoreUnavailableError

log = structlog.get_logger(__name__)

LEASE = "sentinel.notices"
"""The right to deliver, which one daemon of a store has at a time; no project's id contains a dot."""
PERIOD_SECONDS = 1.0
"""How often it is looked for new notices, and for the lease of a courier that died."""


class Courier:
    """A notice is forgotten once every service had it or failed; one that a death interrupts is sent again."""

    def __init__(self, store: Store, notifier: Notifier) -> None:
        self._store = store
        self._notifier = notifier

    async def run(self) -> None:
        """Works until cancelled. A store that does not answer is asked again; the reconciler logs it."""
        while True:
            with suppress(StoreUnavailableError):
                async with self._store.lease(LEASE) as held:
                    if held:
                        await self._deliver_all()
            await anyio.sleep(PERIOD_SECONDS)

    async def _deliver_all(self) -> None:
        """As long as the lease is held and the store can be read."""
        taken: set[int] = set()
        delivered: set[int] = set()
        with unwrapped():
            async with anyio.create_task_group() as tasks:
                while True:
                    for notice in await self._store.notices():
                        if notice.position not in taken:
                            taken.add(notice.position)
                            tasks.start_soon(self._deliver, notice, delivered)
                    await self._forget(delivered)
                    await anyio.sleep(PERIOD_SECONDS)

    async def _deliver(self, notice: StoredNotice, delivered: set[int]) -> None:
        log.info("notice", title=notice.title)
        await self._notifier.tell(notice.title, notice.body)
        delivered.add(notice.position)

    async def _forget(self, delivered: set[int]) -> None:
        """Those that a full disk keeps are only tried again to be forgotten, and not sent again."""
        done = tuple(delivered)
        if done:
            with suppress(StoreUnavailableError):
                await self._store.forget_notices(done)
                delivered.difference_update(done)
