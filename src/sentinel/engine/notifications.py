"""Sends people the notices that were stored together with the changes."""

from contextlib import suppress

import anyio
import structlog

from sentinel.core.release.notices import StoredNotice
from sentinel.errors.grouped import unwrapped
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.store import Store
from sentinel.ports.world import Notifier

log = structlog.get_logger(__name__)

LEASE = "sentinel.notices"
"""One daemon of a store sends at a time. No project's id contains a dot."""
PERIOD_SECONDS = 1.0
"""How often it looks for new notices, and for the lease of a daemon that died."""


class NotificationSender:
    """Deletes a notice after every service got it or failed; a notice that a crash interrupts is sent again."""

    def __init__(self, store: Store, notifier: Notifier, console: str | None = None) -> None:
        """`console` is the console's public address, if it has one."""
        self._console = console
        self._store = store
        self._notifier = notifier

    async def run(self) -> None:
        """Works until cancelled. If the store does not answer, it tries again; the reconciler logs that."""
        while True:
            with suppress(StoreUnavailableError):
                async with self._store.lease(LEASE) as held:
                    if held:
                        await self._deliver_all()
            await anyio.sleep(PERIOD_SECONDS)

    async def _deliver_all(self) -> None:
        """While it holds the lease and can read the store."""
        in_hand: set[int] = set()
        delivered: set[int] = set()
        with unwrapped():
            async with anyio.create_task_group() as tasks:
                while True:
                    for notice in await self._store.notices():
                        if notice.position not in in_hand:
                            in_hand.add(notice.position)
                            tasks.start_soon(self._deliver, notice, delivered)
                    in_hand -= await self._forgotten(delivered)
                    await anyio.sleep(PERIOD_SECONDS)

    async def _deliver(self, notice: StoredNotice, delivered: set[int]) -> None:
        log.info("notice", title=notice.title)
        plain = notice.plain(self._console)
        await self._notifier.tell(plain.title, plain.body)
        delivered.add(notice.position)

    async def _forgotten(self, delivered: set[int]) -> set[int]:
        """Deletes delivered notices and returns them. One that a full disk keeps is not sent again meanwhile."""
        done = set(delivered)
        if done:
            try:
                await self._store.forget_notices(tuple(done))
            except StoreUnavailableError:
                return set()
            delivered -= done
        return done
