"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("wake_at", sa.BigInteger),
        sa.Column("audit_sequence", sa.BigInteger, nullable=False),
        sa.Column("audit_digest", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("projects_wake_at", "projects", ["wake_at"])
    op.create_table(
        "audit",
        sa.Column("position", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
    )
    op.create_index("audit_order", "audit", ["project", "sequence", "position"])
    op.create_table(
        "steps",
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("result", sa.Text, nullable=False),
    )
    op.create_table(
        "findings",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("high", sa.Boolean, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("project", "session", "fingerprint"),
    )
    op.create_index("findings_open", "findings", ["project", "session", "open"])
    op.create_table(
        "samples",
        sa.Column("position", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("sample", sa.Text, nullable=False),
    )
    op.create_index("samples_operation", "samples", ["operation", "position"])
