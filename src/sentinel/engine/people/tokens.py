"""Tokens of remote agents: made, listed and revoked by people."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.access.tokens import Role, Token
from sentinel.core.values.duration import Duration
from sentinel.core.values.names import Name
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.tokens import CreatedToken, Tokens


class CreateToken(OperatorRequest):
    wire: ClassVar[str] = "create_token"
    name: Name
    role: Role
    expires: Duration | None

    async def carry_out(self, call: Call) -> CreatedToken:
        return await Tokens(call.world, call.hub).create(
            call.project_id, name=self.name, role=self.role, expires=self.expires, by=call.by
        )

    def render(self, result: CreatedToken, screen: Screen) -> str:
        return f"Token {_line(result.token)}\nIt is shown this once: Sentinel keeps only its digest."


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
        """Raises UnknownTokenError."""
        return await Tokens(call.world, call.hub).revoke(call.project_id, id=self.id, by=call.by)

    def render(self, result: Token, screen: Screen) -> str:
        return f"Revoked: {_line(result)}"


def _line(token: Token) -> str:
    expires = f"expires {_instant(token.expires_at)}" if token.expires_at else "never expires"
    used = f"last used on {token.used_on}" if token.used_on else "never used"
    return f"{token.id}  {token.role}  {token.name}  created {_instant(token.created_at)}  {expires}  {used}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
