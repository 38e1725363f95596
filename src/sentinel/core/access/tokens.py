"""Tokens of remote agents, Sentinel's own and those of an authorization server: who may do what, where, until when."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from sentinel.core.policy.values import PROJECT_ID
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable

Role = Literal["agent", "operator"]


class Token(Frozen):
    """A token as it is stored: everything but its secret."""

    id: str
    project: str
    name: FreeText
    role: Role
    by: FreeText
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    used_on: date | None = None
    """The day of its last use (UTC). Nothing more precise is stored about when an agent worked."""

    def seconds_left(self, now: AwareDatetime) -> float:
        """Until it expires; infinite if it never does."""
        return (self.expires_at - now).total_seconds() if self.expires_at else float("inf")


def secret_digest(secret: str) -> str:
    """The digest that is stored instead of a secret. A secret has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


LAST_SECOND = 253_402_300_799
"""The last second of the year 9999: later times cannot be represented."""
NAME_LIMIT = 100
"""Characters of a subject that name its token."""
ISSUED = "oauth-"
"""The prefix of the id of every token that an authorization server issued."""


def _reachable_safely(url: str) -> str:
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError("an https URL")
    return url


Url = Annotated[str, Field(max_length=2000), AfterValidator(_reachable_safely)]


class OAuth(Frozen):
    """`[listen.oauth]`: which issuer's tokens are accepted, and which claims name project and role.

    `audience` is this daemon's own URL as clients know it, such as `https://sentinel.example.org/mcp`.
    """

    issuer: Url
    audience: Url
    jwks_uri: Url
    project_claim: Annotated[str, Field(min_length=1, max_length=200)] = "sentinel_project"
    scopes: dict[str, Role] = Field(default={"sentinel:agent": "agent", "sentinel:operator": "operator"})


def token_of(claims: Mapping[str, Any], rules: OAuth) -> Token | None:
    """The token of verified claims; None if they name no project or no known scope.

    Tokens of one subject, client and project count as one token: a renewed one continues what is open.
    """
    project, subject = claims.get(rules.project_claim), str(claims["sub"])
    role = _role(claims.get("scope"), rules)
    if not isinstance(project, str) or not PROJECT_ID.fullmatch(project) or role is None:
        return None
    issued, expires = _moment(claims["iat"]), _moment(claims["exp"])
    if issued is None or expires is None:
        return None
    client = str(claims.get("client_id") or claims.get("azp") or "")
    whole = "\0".join((rules.issuer, subject, client, project, role))
    return Token(
        id=f"{ISSUED}{hashlib.sha256(whole.encode(errors='replace')).hexdigest()[:16]}",
        project=project,
        name=printable(subject, limit=NAME_LIMIT)[:NAME_LIMIT] or "unnamed",
        role=role,
        by=rules.issuer,
        created_at=issued,
        expires_at=expires,
    )


def _role(scope: object, rules: OAuth) -> Role | None:
    granted = scope.split() if isinstance(scope, str) else []
    return next((role for name, role in rules.scopes.items() if name in granted), None)


def _moment(seconds: object) -> datetime | None:
    """None if it is not a number; the JWT library accepts values that look like one."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds != seconds:  # noqa: PLR0124 - NaN
        return None
    return datetime.fromtimestamp(min(max(seconds, 0), LAST_SECOND), UTC)
