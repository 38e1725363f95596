"""Notifications through apprise: queued at once, sent in a thread, and never allowed to delay or fail anything."""

import asyncio
import logging
from dataclasses import dataclass

import anyio
import structlog

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 100
SEND_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Line:
    """The queue of one address, so that a dead service delays no other. It is logged by its place: it is a secret."""

    place: int
    address: str
    notices: asyncio.Queue[tuple[str, str]]


class AppriseNotifier:
    """Posts to every address of `daemon.toml`; `run` does the sending until it is cancelled."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        logging.getLogger("apprise").disabled = True  # its messages quote addresses; ours say what a person needs
        self._lines = tuple(
            _Line(place, address, asyncio.Queue(QUEUE_LIMIT)) for place, address in enumerate(addresses, start=1)
        )

    def post(self, title: str, body: str) -> None:
        """Queues a notice and returns; where too many wait for a service, it is logged instead."""
        log.info("notice", title=title)
        for line in self._lines:
            try:
                line.notices.put_nowait((title, body))
            except asyncio.QueueFull:
                log.warning("notice not sent: too many wait", title=title, address=line.place)

    async def run(self) -> None:
        threads = anyio.CapacityLimiter(max(1, len(self._lines)))
        async with anyio.create_task_group() as tasks:
            for line in self._lines:
                tasks.start_soon(_deliver, line, threads)


async def _deliver(line: _Line, threads: anyio.CapacityLimiter) -> None:
    """The notices of one address, in order; each has SEND_SECONDS, after which its thread is left to itself."""
    while True:
        title, body = await line.notices.get()
        delivered = False
        with anyio.move_on_after(SEND_SECONDS):
            delivered = await anyio.to_thread.run_sync(
                _notify, line.address, title, body, abandon_on_cancel=True, limiter=threads
            )
        if not delivered:
            log.warning("notice not delivered", title=title, address=line.place)


def _notify(address: str, title: str, body: str) -> bool:
    """False where the address is not one of apprise's, or its service did not take the notice."""
    import apprise  # noqa: PLC0415 - most daemons have nobody to tell, and it is large

    asset = apprise.AppriseAsset(app_id="Sentinel", app_desc="Sentinel", storage_mode="memory", async_mode=False)
    try:
        service = apprise.Apprise(asset=asset)
        return service.add(address) and bool(service.notify(title=title, body=body, body_format="text"))
    except Exception as error:  # noqa: BLE001 - any fault of any service
        log.warning("notification service failed", kind=type(error).__name__)
        return False
