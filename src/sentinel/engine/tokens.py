"""What lets remote agents in: stored tokens, and those that an authorization server has issued."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol

from sentinel.core.access.tokens import ISSUED, OAuth, Token, secret_digest, token_of
from sentinel.engine.agent_api import TokenAdmission, Watch
from sentinel.engine.runtime.watch import Hub, ProjectWatch
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.store import Clock, Store
from sentinel.ports.world import World


class Tokens:
    """The tokens of every project."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub

    async def admit(self, secret: str) -> Token | None:
        """The token that `secret` belongs to, as long as it is good."""
        token = await self._world.store.token(secret_digest(secret))
        now = self._world.clock.now().wall
        if token is None or token.seconds_left(now) <= 0:
            return None
        if token.used_on != now.date():
            with suppress(StoreUnavailableError):  # a disk without room must not lock an agent out
                await self._world.store.use_token(token.model_copy(update={"used_on": now.date()}))
        return token

    async def seconds_left(self, token: Token) -> float:
        """How long it is still good, if nobody revokes it; 0 once it is not."""
        stored = await self._world.store.tokens(token.project)
        known = any(one.id == token.id for one in stored)
        return max(0.0, token.seconds_left(self._world.clock.now().wall)) if known else 0.0

    def watch(self, project_id: str) -> AbstractAsyncContextManager[ProjectWatch]:
        return self._hub.watch(project_id)


PARTS = 3
"""Of a JWT, between its dots; a secret of ours has no dot."""


class Signatures(Protocol):
    async def claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that the issuer signed for us; None for any other."""
        ...


class OAuthTokens:
    """Lets in whoever bears a stored token, or one that the authorization server signed for a project we have."""

    def __init__(
        self, stored: TokenAdmission, signatures: Signatures, rules: OAuth, store: Store, clock: Clock
    ) -> None:
        self._stored = stored
        self._signatures = signatures
        self._rules = rules
        self._store = store
        self._clock = clock

    async def admit(self, secret: str) -> Token | None:
        if len(secret.split(".")) != PARTS:
            return await self._stored.admit(secret)
        claims = await self._signatures.claims(secret)
        token = token_of(claims, self._rules) if claims is not None else None
        if token is None or await self.seconds_left(token) <= 0 or await self._store.load(token.project) is None:
            return None
        return token

    async def seconds_left(self, token: Token) -> float:
        """One of the authorization server's cannot be revoked here; it ends when it says so itself."""
        if not token.id.startswith(ISSUED):
            return await self._stored.seconds_left(token)
        return max(0.0, token.seconds_left(self._clock.now().wall))

    def watch(self, project_id: str) -> AbstractAsyncContextManager[Watch]:
        return self._stored.watch(project_id)
