"""How a project stands: its status, the live view, a followed operation and its verification."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.tools.status_text import Live, live_lines, person_lines, person_text
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, labelled
from sentinel.core.values.times import Instant, whole_second
from sentinel.core.verification.sequential_test import Judgement, Sample, Thresholds
from sentinel.core.verification.trace import Trace, trace_of
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.operations.verification import VERDICT, WINDOW, Window, thresholds_of
from sentinel.engine.people.findings import counted
from sentinel.errors import SentinelError
from sentinel.errors.release import NoVerificationError

LONGEST_WAIT_SECONDS = 50
_TRUST = {
    "advisory": "advisory. The daemon runs as the agent's own user: it stops mistakes and overreach, not a hostile "
    "agent with a shell; approvals are recorded as unproven.",
    "separated": "separated. The daemon, its state, keys and deploy credentials belong to another user.",
}


class OperatorStatus(Frozen):
    """`sentinel status`: the status that agents get, and what only people need."""

    status: ReleaseStatus
    project: str
    name: str
    root: str
    public_key: str | None
    notes: tuple[FreeText, ...]
    open_findings: int
    store: str


class News(Frozen):
    """How an operation ended if `ended`, else its status now."""

    ended: bool
    status: ReleaseStatus


class Status(OperatorRequest):
    wire: ClassVar[str] = "status"

    async def carry_out(self, call: Call) -> OperatorStatus:
        project = await call.project()
        open_findings = await counted(call, open_only=True)
        key, faults = await _public_key(call, project)
        return OperatorStatus(
            status=await call.statuses.status(project.id),
            project=project.id,
            name=project.name,
            root=project.root,
            public_key=key,
            notes=faults,
            open_findings=len(open_findings),
            store=call.world.store.description,
        )

    def render(self, result: OperatorStatus, screen: Screen) -> str:
        """The status, and what only people need."""
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
    """Waits until the operation ends or changes, for at most `seconds`."""

    wire: ClassVar[str] = "follow"
    operation_id: str
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)]

    async def carry_out(self, call: Call) -> News:
        """Reads the status before the outcome: an operation that ends in between counts as ended."""
        async with call.statuses.watch(call.project_id) as watch:
            if (ended := await call.statuses.outcome(call.project_id, self.operation_id)) is not None:
                return News(ended=True, status=ended)
            await watch.wait(self.seconds)
            running = await call.statuses.status(call.project_id)
            ended = await call.statuses.outcome(call.project_id, self.operation_id)
        return News(ended=ended is not None, status=ended or running)

    def render(self, result: News, screen: Screen) -> str:
        return person_text(result.status, screen)


async def _public_key(call: Call, project: Project) -> tuple[str | None, tuple[str, ...]]:
    """The public key, or what is wrong with it: the status must work for the person who repairs it."""
    if project.pin is None:
        return None, ()
    try:
        return str(await call.world.repository(project, project.pin.policy).public_key()), ()
    except SentinelError as error:
        return None, (str(error),)


LINES = 8
"""Lines of the running command's output."""


class Watch(OperatorRequest):
    """`sentinel watch`: waits for a change for at most `seconds`. Output of a running command is no change."""

    wire: ClassVar[str] = "watch"
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = 0
    operation_id: str | None = None

    async def carry_out(self, call: Call) -> Live:
        async with call.statuses.watch(call.project_id) as watch:
            if self.seconds:
                await watch.wait(self.seconds)
        ended = await call.statuses.outcome(call.project_id, self.operation_id) if self.operation_id else None
        status, at = await call.statuses.status(call.project_id), call.world.clock.now().wall
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


WATCHED = frozenset({OperationKind.DEPLOYMENT, OperationKind.ROLLBACK})


class VerificationView(Frozen):
    """`ends` is when the running window will be over; `judgement` exists once a rule has decided."""

    operation: str
    ends: AwareDatetime | None
    trace: Trace
    judgement: Judgement | None


class ViewVerification(OperatorRequest):
    """The verification of `operation`, else the running or the newest one."""

    wire: ClassVar[str] = "verification"
    operation: Annotated[str, Field(max_length=100)] | None = None

    async def carry_out(self, call: Call) -> VerificationView:
        """Raises NoVerificationError."""
        store, project = call.world.store, await call.project()
        for operation in (self.operation,) if self.operation is not None else _watched(project):
            steps = await store.steps(operation)
            if WINDOW not in steps:
                continue
            window = Window.model_validate(steps[WINDOW])
            thresholds = window.thresholds or _thresholds(project)
            samples = tuple(Sample.model_validate(sample) for sample in await store.samples(operation))
            if thresholds is None:
                continue
            running = project.operation is not None and project.operation.id == operation and VERDICT not in steps
            return VerificationView(
                operation=operation,
                ends=_end(window, thresholds, call.world.clock.now()) if running else None,
                trace=trace_of(samples, thresholds),
                judgement=Judgement.model_validate(steps[VERDICT]) if VERDICT in steps else None,
            )
        raise NoVerificationError


def _watched(project: Project) -> tuple[str, ...]:
    """The operations that may have a verification, the newest first."""
    running = project.operation
    ended = (one.operation_id for one in reversed(project.outcomes) if one.kind in WATCHED)
    return (*([running.id] if running is not None and running.kind in WATCHED else []), *ended)


def _end(window: Window, thresholds: Thresholds, now: Instant) -> datetime:
    left = timedelta(seconds=thresholds.window_s) - window.began.measured_to(now)
    return whole_second(now.wall + max(timedelta(0), left))


def _thresholds(project: Project) -> Thresholds | None:
    """For a window of an earlier version of Sentinel, which did not store them."""
    release, pin = project.release, project.pin
    policy = release.policy if release is not None else pin.policy if pin is not None else None
    return thresholds_of(policy) if policy is not None else None
