"""Tokens of remote agents, by the digest of their secret."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("used_on", sa.Date),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("tokens_project", "tokens", ["project"])
