"""Tokens of remote agents: what one lets its bearer do, in which project, and until when."""

import hashlib
from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen

Role = Literal["agent", "operator"]


class Token(Frozen):
    """A token as it is stored: everything but its secret."""

    id: str
    project: str
    name: FreeText
    role: Role
    by: FreeText
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    used_on: date | None = None
    """The day of its last use (UTC); no more is kept of when an agent worked."""

    def seconds_left(self, now: AwareDatetime) -> float:
        """Until it expires; infinite where it never does."""
        return (self.expires_at - now).total_seconds() if self.expires_at else float("inf")


def secret_digest(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits: nobody can try them all, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
