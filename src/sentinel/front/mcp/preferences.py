"""What a client's configuration chooses for its connection: how locked tools are shown, how long a call may wait."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from sentinel.core.tools.requests import DEFAULT_LONGEST_WAIT_SECONDS
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import LONGEST_WAIT_SECONDS

Mode = Literal["hide", "reject"]
"""Whether a locked tool is left out of the list, or all are listed by one definition and the call is rejected."""
MODES: tuple[Mode, ...] = get_args(Mode)
LongestWait = Annotated[int, Field(ge=1, le=LONGEST_WAIT_SECONDS)]


class Preferences(Frozen):
    locked_tools: Mode = "hide"
    longest_wait: LongestWait = DEFAULT_LONGEST_WAIT_SECONDS


DEFAULT = Preferences()
