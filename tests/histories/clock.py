"""The machine's clocks in a simulation: the wall clock can be set, the other one starts anew with every boot."""

import asyncio
from datetime import UTC, datetime, timedelta

from sentinel.core.values.times import Instant

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)


class SimulatedClock:
    """Of one machine, whatever daemons run on it. What it told is kept: the history holds the wall time alone."""

    def __init__(self) -> None:
        self.told: dict[datetime, Instant] = {}
        self._ahead = timedelta(0)
        self._boot = 1
        self._booted = -1000.0

    def now(self) -> Instant:
        seconds = asyncio.get_running_loop().time()
        wall = NOON + timedelta(seconds=seconds) + self._ahead
        while wall in self.told and self.told[wall].boot_seconds != seconds - self._booted:
            wall += timedelta(microseconds=1)
        now = Instant(wall=wall, boot_id=f"boot-{self._boot}", boot_seconds=seconds - self._booted)
        return self.told.setdefault(wall, now)

    def set_wall(self, ahead: timedelta) -> None:
        self._ahead += ahead

    def boot(self) -> None:
        self._boot += 1
        self._booted = asyncio.get_running_loop().time()
