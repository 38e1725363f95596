"""Bringing a store to this version's schema: forward only, and never one that is newer."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from sentinel.adapters.store.tables import SCHEMA
from sentinel.errors.store import NewerStoreError

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x5E47_1E1E
"""PostgreSQL's advisory lock that only one daemon at a time upgrades under."""


async def upgrade(engine: AsyncEngine) -> None:
    """Raises NewerStoreError. Alembic is only loaded when there is something to do: importing it takes a while."""
    async with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    found = _stored_schema(connection)
    if found == SCHEMA:
        return
    if found is not None and found > SCHEMA:
        raise NewerStoreError(found=found, known=SCHEMA)
    from alembic import command  # noqa: PLC0415 - see upgrade()
    from alembic.config import Config  # noqa: PLC0415 - see upgrade()

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS))
    command.upgrade(config, "head")


def _stored_schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
