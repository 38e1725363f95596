"""A person creates, lists and revokes tokens of remote agents."""

import secrets
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.access.tokens import Role, Token, secret_digest
from sentinel.core.release.change import note
from sentinel.core.values.free_text import Name
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.core.values.times import Duration
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.runtime.transactions import transaction
from sentinel.errors.connection import UnknownTokenError

PREFIX = "sentinel_"
"""The beginning of every secret, so that scanners of code and logs can find a leaked one."""
SECRET_BYTES = 32


class CreatedToken(Frozen):
    """A new token with its secret, which is shown once and never stored."""

    token: Token
    secret: str


class CreateToken(OperatorRequest):
    wire: ClassVar[str] = "create_token"
    name: Name
    role: Role
    expires: Duration | None

    async def carry_out(self, call: Call) -> CreatedToken:
        secret = f"{PREFIX}{secrets.token_urlsafe(SECRET_BYTES)}"
        async with transaction(call.world, call.project_id) as tx:
            token = Token(
                id=call.world.new_id(),
                project=call.project_id,
                name=self.name,
                role=self.role,
                by=call.by,
                created_at=tx.now.wall,
                expires_at=tx.now.wall + self.expires if self.expires is not None else None,
            )
            await tx.add_token(token, secret_digest(secret))
            summary = f"token {token.id} created for {token.role} {token.name}"
            tx.apply(note(tx.project, "token.created", call.by, summary, token=token.id, role=token.role))
        return CreatedToken(token=token, secret=secret)

    def render(self, result: CreatedToken, screen: Screen) -> str:
        return f"Token {_line(result.token)}\nCopy the secret now: Sentinel keeps only its digest."


class ListTokens(OperatorRequest):
    wire: ClassVar[str] = "tokens"

    async def carry_out(self, call: Call) -> tuple[Token, ...]:
        return await call.world.store.tokens(call.project_id)

    def render(self, result: tuple[Token, ...], screen: Screen) -> str:
        return "\n".join(map(_line, result)) or "No token."


class RevokeToken(OperatorRequest):
    wire: ClassVar[str] = "revoke_token"
    id: Annotated[str, Field(max_length=100), AfterValidator(printable)]

    async def carry_out(self, call: Call) -> Token:
        """Raises UnknownTokenError. Open connections of the token close at once, because they watch the project."""
        async with transaction(call.world, call.project_id) as tx:
            token = await tx.remove_token(self.id)
            if token is None:
                raise UnknownTokenError(id=self.id)
            summary = f"token {token.id} of {token.role} {token.name} revoked"
            tx.apply(note(tx.project, "token.revoked", call.by, summary, token=token.id, role=token.role))
        return token

    def render(self, result: Token, screen: Screen) -> str:
        return f"Revoked: {_line(result)}"


def _line(token: Token) -> str:
    expires = f"expires {_instant(token.expires_at)}" if token.expires_at else "never expires"
    used = f"last used on {token.used_on}" if token.used_on else "never used"
    return f"{token.id}  {token.role}  {token.name}  created {_instant(token.created_at)}  {expires}  {used}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
