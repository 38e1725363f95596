"""Signatures of an authorization server: its published keys, and whether a JWT is one of its own (RFC 9068)."""

from collections.abc import Mapping
from typing import Any

import jwt
from anyio import CapacityLimiter, to_thread

from sentinel.core.access.tokens import OAuth
from sentinel.errors.connection import IssuerUnreachableError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key alone: with a shared secret, whoever knows the published key could sign."""
REQUIRED = ("exp", "iat", "iss", "aud", "sub")
FETCH_SECONDS = 5.0
CLOCK_SECONDS = 10.0
"""By how much the two clocks may differ. A token that has expired is refused elsewhere, without it."""
THREADS = 4


class JwtVerifier:
    """Fetches the keys when they are needed, and again for a key that is not known, but not at anybody's pace."""

    def __init__(self, rules: OAuth) -> None:
        self._rules = rules
        self._keys = jwt.PyJWKClient(rules.jwks_uri, timeout=FETCH_SECONDS)
        self._limiter = CapacityLimiter(THREADS)

    async def claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that the issuer signed for us; None for any other. Raises IssuerUnreachableError."""
        return await to_thread.run_sync(self._verified, token, limiter=self._limiter)

    def _verified(self, token: str) -> Mapping[str, Any] | None:
        try:
            return jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=ALGORITHMS,
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                leeway=CLOCK_SECONDS,
                options={"require": list(REQUIRED)},
            )
        except jwt.PyJWKClientConnectionError:
            raise IssuerUnreachableError(uri=self._rules.jwks_uri) from None
        except jwt.PyJWTError:
            return None
