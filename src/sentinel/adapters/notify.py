"""Notifications through apprise: queued at once, sent in a thread, and never allowed to delay or fail anything."""

import anyio
import apprise
import structlog

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 100
SEND_SECONDS = 20.0


class AppriseNotifier:
    """Posts to every address of `daemon.toml`; `run` does the sending until it is cancelled."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses
        self._send, self._receive = anyio.create_memory_object_stream[tuple[str, str]](QUEUE_LIMIT)

    def post(self, title: str, body: str) -> None:
        """Queues a notice; when the queue is full, it is logged instead."""
        log.info("notice", title=title)
        try:
            self._send.send_nowait((title, body))
        except anyio.WouldBlock:
            log.warning("notice not sent: too many wait", title=title)

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            async for title, body in self._receive:
                for number, address in enumerate(self._addresses):
                    tasks.start_soon(self._deliver, number, address, title, body)

    async def _deliver(self, number: int, address: str, title: str, body: str) -> None:
        """One notice to one address; what is wrong is logged by the address's place, since addresses are secrets."""
        delivered = False
        with anyio.move_on_after(SEND_SECONDS):
            delivered = await anyio.to_thread.run_sync(_notify, address, title, body, abandon_on_cancel=True)
        if not delivered:
            log.warning("notice not delivered", title=title, address=number)


def _notify(address: str, title: str, body: str) -> bool:
    try:
        service = apprise.Apprise()
        return service.add(address) and bool(service.notify(title=title, body=body))
    except Exception as error:  # noqa: BLE001 - any fault of any service
        log.warning("notification service failed", kind=type(error).__name__)
        return False
