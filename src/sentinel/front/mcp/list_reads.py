"""Whether a client has read the list that holds now: an answer that names a tool comes after the list that has it."""

from collections.abc import Callable

import anyio

RELIST_SECONDS = 1.3
"""How long an answer waits for the client to read a changed list: some read at most once a second."""
SETTLE_SECONDS = 0.15
"""How long after its last `tools/list` an answer comes: the client has to take the list in first."""


class LastRead:
    """The list that one client read last, by its signature; None where it never asked for one."""

    def __init__(self) -> None:
        self.signature: str | None = None
        self._at = 0.0
        self._read = anyio.Event()
        self._reads_again = True

    def note(self, signature: str) -> None:
        self.signature = signature
        self._at = anyio.current_time()
        self._reads_again = True
        read, self._read = self._read, anyio.Event()
        read.set()

    async def settle(self, holds: Callable[[], str | None], since: float) -> None:
        """Until the client has read the list that `holds`, and had the time to take in what it has read `since`.

        A client that let one such wait pass is not waited for again before it reads the list: it may never do so.
        """
        if self.signature is not None and self._reads_again:
            with anyio.move_on_after(RELIST_SECONDS) as waiting:
                while self.signature != holds():
                    await self._read.wait()
            self._reads_again = not waiting.cancelled_caught
        if self._at >= since:
            await anyio.sleep(max(0.0, self._at + SETTLE_SECONDS - anyio.current_time()))
