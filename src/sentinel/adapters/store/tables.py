"""The tables, the same on both databases; times are UTC microseconds since the epoch, documents are JSON text."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

SCHEMA = "0001"
"""The newest migration; a store with one that is not known here was written by a newer Sentinel."""

metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")

projects = Table(
    "projects",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("busy", Boolean, nullable=False),
    Column("wake_at", BigInteger),
    Column("audit_sequence", BigInteger, nullable=False),
    Column("audit_digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Index("projects_busy", "busy"),
    Index("projects_wake_at", "wake_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("project", String(64), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("entry", Text, nullable=False),
    Index("audit_order", "project", "sequence"),
)

steps = Table(
    "steps",
    metadata,
    Column("operation", String(64), primary_key=True),
    Column("step", String(100), primary_key=True),
    Column("result", Text, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("session", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("high", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("project", "session", "fingerprint"),
    Index("findings_open", "project", "session", "open"),
)

samples = Table(
    "samples",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("operation", String(64), nullable=False),
    Column("sample", Text, nullable=False),
    Index("samples_operation", "operation", "position"),
)
