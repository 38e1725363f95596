"""What lets remote agents in: stored tokens, and those that an authorization server has issued."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sentinel.core.access.tokens import ISSUED, OAuth, Token, secret_digest, token_of
from sentinel.engine.runtime.watch import Hub, Watching
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.world import World

JWT_PARTS = 3
"""Between the dots of a JWT; a stored token's secret has no dot."""


class Signatures(Protocol):
    async def claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that the issuer signed for this daemon; None for any other."""
        ...


@dataclass(frozen=True, slots=True)
class Issuer:
    """The authorization server: what its tokens mean, and how their signatures are checked."""

    rules: OAuth
    signatures: Signatures


class Tokens:
    """The tokens of every project."""

    def __init__(self, world: World, hub: Hub, issuer: Issuer | None = None) -> None:
        self._world = world
        self._issuer = issuer
        self.watch: Watching = hub.watch

    async def admit(self, secret: str) -> Token | None:
        """The token that `secret` belongs to, while it is valid; None for anything else."""
        if self._issuer is not None and len(secret.split(".")) == JWT_PARTS:
            return await self._issued(self._issuer, secret)
        token = await self._world.store.token(secret_digest(secret))
        now = self._world.clock.now().wall
        if token is None or token.seconds_left(now) <= 0:
            return None
        if token.used_on != now.date():
            with suppress(StoreUnavailableError):  # a full disk must not lock an agent out
                await self._world.store.use_token(token.model_copy(update={"used_on": now.date()}))
        return token

    async def _issued(self, issuer: Issuer, secret: str) -> Token | None:
        claims = await issuer.signatures.claims(secret)
        token = token_of(claims, issuer.rules) if claims is not None else None
        if token is None or await self.seconds_left(token) <= 0 or await self._world.store.load(token.project) is None:
            return None
        return token

    async def seconds_left(self, token: Token) -> float:
        """How long it stays valid unless somebody revokes it; 0 once it is invalid.

        A token of the authorization server expires at its `exp` claim; it is revoked only there.
        """
        if not token.id.startswith(ISSUED):
            stored = await self._world.store.tokens(token.project)
            if not any(one.id == token.id for one in stored):
                return 0.0
        return max(0.0, token.seconds_left(self._world.clock.now().wall))
