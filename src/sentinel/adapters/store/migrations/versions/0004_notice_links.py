"""Where in the console a notice leads."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("notices", sa.Column("link", sa.Text, nullable=False, server_default=""))
