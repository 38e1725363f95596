"""What an agent may ask for: the validated arguments of each tool."""

import re
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from sentinel.core.values.free_text import Line, Name, Version
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import LONGEST_WAIT_SECONDS

CALL_BUDGET_SECONDS = 45
"""How long a call blocks at most: most clients give up at 60 seconds."""
DEFAULT_LONGEST_WAIT_SECONDS = 50
"""How long `release_status` waits at most for a client whose configuration says nothing else."""

_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0{1,9})?")


def _seconds(value: object) -> object:
    """A whole number as clients write one: as text, as 2.0, and nothing at all for the default."""
    if value is None or value == "":
        return 0
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _optional(value: object) -> object:
    """Clients that cannot leave an optional argument out send empty text."""
    stripped = value.strip() if isinstance(value, str) else value
    return None if stripped == "" else stripped


class ReleaseStatusRequest(Frozen):
    wait_seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT_SECONDS), BeforeValidator(_seconds)] = 0


class StartSprint(Frozen):
    name: Name


class RunTests(Frozen):
    pass


Type = Literal["patch", "minor", "major"]


class PrepareRelease(Frozen):
    type: Type


class PreviewRelease(Frozen):
    """No type is not one of its choices: clients leave it out, or send an empty text."""

    type: Annotated[
        Type | None, BeforeValidator(_optional), WithJsonSchema({"type": "string", "enum": [*get_args(Type)]})
    ] = None


class Deploy(Frozen):
    target: Literal["staging", "production"]
    version: Annotated[Version | None, BeforeValidator(_optional)] = None


class EmergencyRollback(Frozen):
    reason: Line


class AbandonRelease(Frozen):
    reason: Line


class HoldRelease(Frozen):
    reason: Line


Request = StartSprint | RunTests | PrepareRelease | Deploy | EmergencyRollback | AbandonRelease | HoldRelease
