"""Tokens of remote agents: made, listed and revoked by people."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.access.tokens import Role, Token
from sentinel.core.values.duration import Duration
from sentinel.core.values.names import Name
from sentinel.core.values.printable import printable
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


class ListTokens(OperatorRequest):
    wire: ClassVar[str] = "tokens"

    async def carry_out(self, call: Call) -> tuple[Token, ...]:
        return await call.world.store.tokens(call.project_id)


class RevokeToken(OperatorRequest):
    wire: ClassVar[str] = "revoke_token"
    id: Annotated[str, Field(max_length=100), AfterValidator(printable)]

    async def carry_out(self, call: Call) -> Token:
        """Raises UnknownTokenError."""
        return await Tokens(call.world, call.hub).revoke(call.project_id, id=self.id, by=call.by)
