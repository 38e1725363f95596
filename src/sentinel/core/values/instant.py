"""A moment, on the two clocks that a deadline is held against."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from sentinel.core.values.frozen import Frozen


class Instant(Frozen):
    """UTC wall time, and the suspend-inclusive seconds since the boot named `boot_id`."""

    wall: AwareDatetime
    boot_id: str
    boot_seconds: float

    def elapsed_to(self, now: "Instant") -> timedelta:
        """How long ago this was at `now`: a wall clock that was set forward does not count on the same boot."""
        return min(now.wall - self.wall, self.measured_to(now))

    def longest_to(self, now: "Instant") -> timedelta:
        """The same, for what must not look younger than it is: a wall clock that was set back does not count either.

        Negative where only the wall clocks of two boots can be compared, and the later one is behind.
        """
        return max(now.wall - self.wall, self.measured_to(now))

    def measured_to(self, now: "Instant") -> timedelta:
        """The same by the clock that nobody can set, where both moments are of one boot; else by the wall clock.

        Negative where the wall clock of the later boot is behind.
        """
        if self.boot_id != now.boot_id:
            return now.wall - self.wall
        return timedelta(seconds=now.boot_seconds - self.boot_seconds)


def whole_second(moment: datetime) -> datetime:
    """The second in which `moment` is over."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)
