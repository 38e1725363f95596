"""The tokens of remote agents, as rows."""

from typing import Any

from sqlalchemy import Row, Select, Update, delete, insert, select, update

from sentinel.adapters.store.database import Connected
from sentinel.adapters.store.faults import readable
from sentinel.adapters.store.tables import tokens
from sentinel.core.access.tokens import Token

TokenQuery = Select[*tuple[Any, ...]]


def of_project(project_id: str) -> TokenQuery:
    return select(tokens).where(tokens.c.project == project_id).order_by(tokens.c.id)


def of_digest(digest: str) -> TokenQuery:
    return select(tokens).where(tokens.c.digest == digest)


def used(token: Token) -> Update:
    return update(tokens).where(tokens.c.id == token.id).values(used_on=token.used_on)


def token(place: str, row: Row[*tuple[Any, ...]]) -> Token:
    with readable(place, f"token {row.id}"):
        return Token.model_validate_json(row.document).model_copy(update={"used_on": row.used_on})


class TokenRows:
    """Those of one project, within its transaction."""

    def __init__(self, connection: Connected, project_id: str) -> None:
        self._connection = connection
        self._project_id = project_id

    async def add(self, added: Token, digest: str) -> None:
        values = {"id": added.id, "project": self._project_id, "digest": digest, "document": added.model_dump_json()}
        await self._connection.execute(insert(tokens).values(values))

    async def remove(self, id: str) -> Token | None:
        """The removed one; None where the project has no such token."""
        row = (await self._connection.execute(of_project(self._project_id).where(tokens.c.id == id))).one_or_none()
        if row is None:
            return None
        await self._connection.execute(delete(tokens).where(tokens.c.id == id))
        return token(self._connection.place, row)
