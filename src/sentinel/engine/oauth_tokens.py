"""Tokens of an authorization server beside the stored ones: nothing of them is kept here."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sentinel.core.access.oauth import ISSUED, OAuth, token_of
from sentinel.core.access.tokens import Token
from sentinel.engine.faces import TokenFace, Watch
from sentinel.ports.store import Clock, Store

PARTS = 3
"""Of a JWT, between its dots; a secret of ours has no dot."""


class Signatures(Protocol):
    async def claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that the issuer signed for us; None for any other."""
        ...


class IssuedTokens:
    """Lets in whoever bears a stored token, or one that the authorization server signed for a project we have."""

    def __init__(self, stored: TokenFace, signatures: Signatures, rules: OAuth, store: Store, clock: Clock) -> None:
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
