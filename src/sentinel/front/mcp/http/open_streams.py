"""What each token has open over HTTP: within a limit, and closed when the token expires or is revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import anyio
import structlog
from anyio.abc import TaskGroup

from sentinel.core.access.tokens import Token
from sentinel.engine.tokens import Tokens
from sentinel.errors.connection import TooManyRequestsError

REQUESTS_PER_TOKEN = 64
"""Requests of one token that may be open at once; a stream is one for as long as it lasts."""
LOOK_SECONDS = 60.0
"""How often a token with something open is looked at even if its project does not change."""
RETRY_SECONDS = 5.0
"""The pause after the store could not be read."""

_Key = tuple[str, datetime | None]
"""A token that was renewed is looked at by itself."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _OfToken:
    """One token's: what is open, and the task that looks whether the token is still good."""

    guard: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    open: set[anyio.CancelScope] = field(default_factory=set)
    requests: int = 0
    ended: bool = False


class OpenStreams:
    """Everything that is open over HTTP."""

    def __init__(self, tokens: Tokens, tasks: TaskGroup) -> None:
        self._tokens = tokens
        self._tasks = tasks
        self._streams: dict[_Key, _OfToken] = {}
        self.stopping = False

    @contextmanager
    def request(self, token: Token) -> Iterator[None]:
        """A request that is answered within the block. Raises TooManyRequestsError."""
        entry = self._streams.get(_key(token))
        if entry is not None and entry.requests >= REQUESTS_PER_TOKEN:
            raise TooManyRequestsError(limit=REQUESTS_PER_TOKEN)
        with self.held(token):
            entry = self._streams[_key(token)]
            entry.requests += 1
            try:
                yield
            finally:
                entry.requests -= 1

    @contextmanager
    def held(self, token: Token) -> Iterator[anyio.CancelScope]:
        """The block is cancelled, and left quietly, as soon as `token` is not good any more."""
        entry = self._streams.get(_key(token))
        if entry is None:
            entry = self._streams[_key(token)] = _OfToken()
            self._tasks.start_soon(self._guard, token, entry)
        with anyio.CancelScope() as scope:
            entry.open.add(scope)
            if entry.ended or self.stopping:  # it was let in a moment before
                scope.cancel()
            try:
                yield scope
            finally:
                entry.open.discard(scope)
                if not entry.open and self._streams.get(_key(token)) is entry:
                    del self._streams[_key(token)]
                    entry.guard.cancel()

    def end_all(self) -> None:
        self.stopping = True
        for entry in self._streams.values():
            _end(entry)

    async def _guard(self, token: Token, entry: _OfToken) -> None:
        with entry.guard:
            while True:
                try:
                    await self._until_ended(token)
                    break
                except Exception:  # whatever it was, the token must go on being looked at
                    log.exception("token.watch_failed", token=token.id)
                    await anyio.sleep(RETRY_SECONDS)
            log.info("token.ended", token=token.id)
            _end(entry)

    async def _until_ended(self, token: Token) -> None:
        async with self._tokens.watch(token.project) as watch:
            while (left := await self._tokens.seconds_left(token)) > 0:
                await watch.wait(min(left, LOOK_SECONDS))


def _key(token: Token) -> _Key:
    return token.id, token.expires_at


def _end(entry: _OfToken) -> None:
    entry.ended = True
    for scope in tuple(entry.open):
        scope.cancel()
