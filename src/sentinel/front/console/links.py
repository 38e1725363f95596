"""Secrets that begin a session, used once and short-lived: links of operators, and what a passkey is to sign."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sentinel.adapters.console_sessions import digest_of

SECONDS = 300
"""How long a link may be used."""
MOST = 100


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a link was made: the system's user who asked for it."""

    person: str
    uid: int


class Links:
    """In memory alone: a daemon that restarts knows none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._holders: dict[str, tuple[Holder, float]] = {}

    def make(self, holder: Holder) -> str:
        """The secret of a new link."""
        self._forget_old()
        secret = secrets.token_urlsafe(32)
        self._holders[digest_of(secret)] = (holder, self._clock() + SECONDS)
        return secret

    def whose(self, secret: str) -> Holder | None:
        """For whom it was made, while it can be used."""
        found = self._holders.get(digest_of(secret))
        return found[0] if found is not None and self._clock() < found[1] else None

    def use(self, secret: str) -> Holder | None:
        """The same, and from now on it cannot be used any more."""
        holder = self.whose(secret)
        self._holders.pop(digest_of(secret), None)
        return holder

    def _forget_old(self) -> None:
        now = self._clock()
        kept = [(key, value) for key, value in self._holders.items() if now < value[1]]
        self._holders = dict(kept[-(MOST - 1) :])


class Nonces:
    """What passkeys sign to begin a session."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def make(self) -> str:
        now = self._clock()
        open_ones = [(nonce, until) for nonce, until in self._until.items() if now < until]
        nonce = secrets.token_urlsafe(32)
        self._until = {**dict(open_ones[-(MOST - 1) :]), nonce: now + SECONDS}
        return nonce

    def use(self, nonce: str) -> bool:
        """Whether it was made here and not used yet; it is from now on."""
        return self._clock() < self._until.pop(nonce, 0.0)
