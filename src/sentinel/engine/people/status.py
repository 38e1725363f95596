"""How a project stands, and how a followed operation goes on."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.release.model import Project
from sentinel.core.tools.people_text import person_lines, person_text
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.layout import labelled
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.people.findings import counted
from sentinel.errors import SentinelError

LONGEST_WAIT_SECONDS = 50
_TRUST = {
    "advisory": "advisory. The daemon runs as the agent's own user: it stops mistakes and overreach, not a hostile "
    "agent with a shell; approvals are recorded as unproven.",
    "separated": "separated. The daemon, its state, keys and deploy credentials belong to another user.",
}


class OperatorStatus(Frozen):
    """`sentinel status`: the agents' status and what only people need to know."""

    status: ReleaseStatus
    project: str
    name: str
    root: str
    public_key: str | None
    notes: tuple[FreeText, ...]
    open_findings: int
    store: str


class News(Frozen):
    """How an operation ended, or how it stands; `ended` says which."""

    ended: bool
    status: ReleaseStatus


class Status(OperatorRequest):
    wire: ClassVar[str] = "status"

    async def carry_out(self, call: Call) -> OperatorStatus:
        project = await call.project()
        open_findings = await counted(call, open_only=True)
        key, faults = await _public_key(call, project)
        return OperatorStatus(
            status=await call.views.status(project.id),
            project=project.id,
            name=project.name,
            root=project.root,
            public_key=key,
            notes=faults,
            open_findings=len(open_findings),
            store=call.world.store.description,
        )

    def render(self, result: OperatorStatus, screen: Screen) -> str:
        """The status, and what only people need to know."""
        lines = [*person_lines(result.status, screen)]
        count = result.open_findings
        for label, text in (
            ("findings", f"{count} open: `sentinel audit list --findings`" if count else ""),
            ("project", f"{printable(result.name)} ({result.project}) in {printable(result.root, limit=4096)}"),
            ("tag key", printable(result.public_key or "", limit=4096)),
            ("store", printable(result.store, limit=4096)),
            ("trust", _TRUST[result.status.trust]),
            *(("note", printable(note)) for note in result.notes),
        ):
            if text:
                lines += labelled(screen, label, text)
        return "\n".join(lines)


class Follow(OperatorRequest):
    """Waits until the operation ends or something of it changes, for `seconds` at most."""

    wire: ClassVar[str] = "follow"
    operation_id: str
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)]

    async def carry_out(self, call: Call) -> News:
        """How it stands is read before its outcome: what ends in between is told as ended."""
        async with call.hub.watch(call.project_id) as watch:
            if (ended := await call.views.outcome(call.project_id, self.operation_id)) is not None:
                return News(ended=True, status=ended)
            await watch.wait(self.seconds)
            running = await call.views.status(call.project_id)
            ended = await call.views.outcome(call.project_id, self.operation_id)
        return News(ended=ended is not None, status=ended or running)

    def render(self, result: News, screen: Screen) -> str:
        return person_text(result.status, screen)


async def _public_key(call: Call, project: Project) -> tuple[str | None, tuple[str, ...]]:
    """Where it is, or else what is wrong with the key: the status is there for whoever mends it."""
    if project.pin is None:
        return None, ()
    try:
        return str(await call.world.repository(project, project.pin.policy).public_key()), ()
    except SentinelError as error:
        return None, (str(error),)
