"""Notifications through apprise: sent in threads, and a dead service delays and fails nothing but itself."""

import asyncio
import logging
from dataclasses import dataclass, field

import anyio
import structlog

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 100
SEND_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Letter:
    title: str
    body: str
    tried: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Line:
    """The queue of one address, so that a dead service delays no other. It is logged by its place: it is a secret."""

    place: int
    address: str
    letters: asyncio.Queue[_Letter]


class AppriseNotifier:
    """Tells every address of `daemon.toml`; `run` does the sending until it is cancelled."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        logging.getLogger("apprise").disabled = True  # its messages quote addresses; ours say what a person needs
        self._lines = tuple(
            _Line(place, address, asyncio.Queue(QUEUE_LIMIT)) for place, address in enumerate(addresses, start=1)
        )

    async def tell(self, title: str, body: str) -> None:
        """Returns when every address had its try; where too many wait for a service, that is logged instead."""
        letters = [_Letter(title, body) for _ in self._lines]
        for line, letter in zip(self._lines, letters, strict=True):
            try:
                line.letters.put_nowait(letter)
            except asyncio.QueueFull:
                log.warning("notice not sent: too many wait", title=title, address=line.place)
                letter.tried.set()
        for letter in letters:
            await letter.tried.wait()

    async def run(self) -> None:
        threads = anyio.CapacityLimiter(max(1, len(self._lines)))
        async with anyio.create_task_group() as tasks:
            for line in self._lines:
                tasks.start_soon(_deliver, line, threads)


async def _deliver(line: _Line, threads: anyio.CapacityLimiter) -> None:
    """The notices of one address, in order; each has SEND_SECONDS, after which its thread is left to itself."""
    while True:
        letter = await line.letters.get()
        delivered = False
        with anyio.move_on_after(SEND_SECONDS):
            delivered = await anyio.to_thread.run_sync(
                _notify, line.address, letter.title, letter.body, abandon_on_cancel=True, limiter=threads
            )
        if not delivered:
            log.warning("notice not delivered", title=letter.title, address=line.place)
        letter.tried.set()


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
