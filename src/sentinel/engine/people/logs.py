"""The output of commands: of the running one, or of any whose operation is kept."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.release.commands import STEPS, LoggedCommand, LogPiece
from sentinel.core.values.free_text import Version
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.people.releases import named, records
from sentinel.engine.people.status import LONGEST_WAIT_SECONDS
from sentinel.errors.release import NoLogError

Word = Annotated[str, Field(max_length=60), AfterValidator(printable)]
_KEPT = f"`sentinel logs` shows the newest; the steps are {', '.join(STEPS)}."
_NONE = "Nothing has run yet, or it is kept no longer: `sentinel status` says what is next."
PERIOD_SECONDS = 0.5
"""How often it looks for new output."""


class LoggedCommands(OperatorRequest):
    """The commands of one operation, or of all operations of a release, the oldest first.

    The operation is the running one, else the newest with output; with `step` the newest that ran that step.
    """

    wire: ClassVar[str] = "logs"
    step: Word | None = None
    release: Version | None = None

    async def carry_out(self, call: Call) -> tuple[LoggedCommand, ...]:
        """Raises NoLogError, UnknownReleaseError."""
        kept = await _logged(call)
        found = tuple(one for one in kept if self.step in (None, one.step))
        if self.release is not None:
            operations = named(await records(call), self.release).operations
        else:
            operations = (found[0].operation,) if found else ()
        chosen = tuple(reversed([one for one in found if one.operation in operations]))
        if not chosen:
            raise NoLogError(what=self._what(), instead=_KEPT if kept else _NONE)
        return chosen

    def render(self, result: tuple[LoggedCommand, ...], screen: Screen) -> str:
        return "\n".join(map(_line, result))

    def _what(self) -> str:
        of = f" of {self.release}" if self.release else ""
        return f"the step {self.step}{of}" if self.step else f"any command{of}"


class Log(OperatorRequest):
    """The output of one command from `offset` on; waits for it for at most `seconds`."""

    wire: ClassVar[str] = "log"
    operation: Word
    step: Word
    attempt: int
    offset: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = 0

    async def carry_out(self, call: Call) -> LogPiece:
        """Raises NoLogError."""
        asked = (self.operation, self.step, self.attempt)
        known = (one for one in await _logged(call) if (one.operation, one.step, one.attempt) == asked)
        command = next(known, None)
        if command is None:
            raise NoLogError(what=f"the step {self.step} of operation {self.operation}", instead=_KEPT)
        scripts, folder, left = call.world.scripts, _folder(call), self.seconds
        while True:
            piece = await scripts.log(folder, command, self.offset)
            if piece.over or left <= 0 or piece.next_offset != self.offset:
                return piece
            async with call.statuses.watch(call.project_id) as watch:
                await watch.wait(min(PERIOD_SECONDS, left))
            left -= PERIOD_SECONDS

    def render(self, result: LogPiece, screen: Screen) -> str:
        return result.text


def _line(command: LoggedCommand) -> str:
    return f"{command.started_at:%Y-%m-%d %H:%M:%S} UTC  {command.step}  {command.ended or 'running'}"


async def _logged(call: Call) -> tuple[LoggedCommand, ...]:
    """The newest first."""
    return await call.world.scripts.logged(_folder(call))


def _folder(call: Call) -> Path:
    return call.world.workspace.folder / call.project_id
