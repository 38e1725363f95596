"""The base of everything that says: this was changed behind Sentinel's back. Each is a high finding."""

from sentinel.errors import RefusedError


class TamperingError(RefusedError):
    """A tag, an artifact or a history that is not what was recorded."""
