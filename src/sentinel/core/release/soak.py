"""The soak timer (protocol 2.2): a stored deadline that a clock jump cannot shorten."""

from datetime import datetime, timedelta

from sentinel.core.values.duration import Duration, countdown
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.instant import Instant


class Soak(Frozen):
    """A staging deployment that passed at `started` and must run for `length` before production unlocks."""

    started: Instant
    length: Duration

    @property
    def until(self) -> datetime:
        """The deadline by the wall clock, in UTC."""
        return self.started.wall + self.length

    def remaining(self, now: Instant) -> timedelta:
        """What is left at `now`; zero when the soak is over."""
        return max(timedelta(0), self.length - self.started.elapsed_to(now))

    def is_over(self, now: Instant) -> bool:
        return not self.remaining(now)

    def violation(self, now: Instant) -> str:
        """The sentence that answers an early request (protocol 2.2)."""
        return f"Soak Time Violation. Production unlock in {countdown(self.remaining(now))}."
