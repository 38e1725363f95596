"""The machine's own clocks: wall time for people, the suspend-inclusive clock against its jumps."""

from datetime import UTC, datetime

from sentinel.adapters.processes import boot_id, boot_seconds
from sentinel.core.values.times import Instant


class SystemClock:
    """UTC wall time and the seconds since this boot."""

    def __init__(self) -> None:
        self._boot_id = boot_id()

    def now(self) -> Instant:
        return Instant(wall=datetime.now(UTC), boot_id=self._boot_id, boot_seconds=boot_seconds())
