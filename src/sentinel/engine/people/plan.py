"""`sentinel plan`: what the next release would be."""

from typing import ClassVar, Literal

from sentinel.core.candidate.preview import Preview, preview_text
from sentinel.core.tools.wording import blocked_line
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.preview import preview_release


class PlanRelease(OperatorRequest):
    """Read-only, in every state; without a type, of the smallest that the changelog allows."""

    wire: ClassVar[str] = "plan"
    type: Literal["patch", "minor", "major"] | None = None

    async def carry_out(self, call: Call) -> Preview:
        return await preview_release(call.world, await call.project(), self.type)

    def render(self, result: Preview, screen: Screen) -> str:
        return "\n".join((preview_text(result), *map(blocked_line, result.blocked_by)))
