"""The persisted state machine, in SQLite or PostgreSQL."""
