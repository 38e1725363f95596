"""The live view of a project: where it stands, what runs and for how long, and the last lines that it printed."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.tools.live import Live, live_lines
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.people.status import LONGEST_WAIT_SECONDS

LINES = 8
"""Lines of the running command that are shown."""


class Watch(OperatorRequest):
    """Waits for a change, for `seconds` at most; what a running command prints is none."""

    wire: ClassVar[str] = "watch"
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = 0
    operation_id: str | None = None

    async def carry_out(self, call: Call) -> Live:
        async with call.hub.watch(call.project_id) as watch:
            if self.seconds:
                await watch.wait(self.seconds)
        ended = await call.views.outcome(call.project_id, self.operation_id) if self.operation_id else None
        status, at = await call.views.status(call.project_id), call.world.clock.now().wall
        operation = (await call.project()).operation
        if operation is None:
            return Live(status=status, at=at, ended=ended)
        world, folder = call.world, call.world.workspace.folder / call.project_id
        commands = await world.scripts.logged(folder)
        running = next((one for one in commands if one.operation == operation.id and not one.ended), None)
        return Live(
            status=status,
            at=at,
            step=operation.step,
            step_started=operation.step_started,
            progress=world.progress.text(call.project_id),
            share=world.progress.share(call.project_id),
            command=running.step if running else "",
            output=await world.scripts.last_lines(folder, running, LINES) if running else (),
            ended=ended,
        )

    def render(self, result: Live, screen: Screen) -> str:
        return "\n".join(live_lines(result, screen))
