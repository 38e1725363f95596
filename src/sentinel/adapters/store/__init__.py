"""The persisted state machine, in SQLite or PostgreSQL (design 5)."""
