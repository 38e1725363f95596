"""Bringing a store to this version's schema: forward only, and never one that is newer."""

from pathlib import Path

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection

from sentinel.adapters.store.database import Database
from sentinel.adapters.store.tables import SCHEMA
from sentinel.errors.store import NewerStoreError

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x5E47_1E1E
"""PostgreSQL's advisory lock that only one daemon at a time upgrades under."""


async def upgrade(database: Database) -> None:
    """In one transaction. Raises NewerStoreError."""
    async with database.writing() as connection:
        if database.shared:
            await connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        await connection.run(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    found = _stored_schema(connection)
    if found == SCHEMA:
        return
    if found is not None and found > SCHEMA:
        raise NewerStoreError(found=found, known=SCHEMA)
    # Importing it takes a while, and there is seldom something to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS))
    command.upgrade(config, "head")


def _stored_schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
