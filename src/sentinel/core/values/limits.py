"""Limits that more than one process keeps to. Standard library only: what every launch loads reads it."""

LONGEST_WAIT_SECONDS = 3600
"""How long a call of `release_status` waits at most, whatever a client's configuration says."""
MESSAGE_LIMIT = 4 * 1024 * 1024
"""Bytes of one line, or one request, of an AI client."""
AUDIT_PAGE = 1000
"""Entries of a history that are asked for at a time."""
PROJECT_ID_LIMIT = 100
"""Characters of the project id that a client of this machine's daemon claims."""
REFUSAL_LIMIT = 200
"""Characters of the name of a command that the guard refused."""
