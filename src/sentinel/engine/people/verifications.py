"""How the verification of an operation goes, or went."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.instant import Instant
from sentinel.core.verification.sequential_test import Judgement, Sample, Thresholds
from sentinel.core.verification.trace import Trace, trace_of
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.operations.verification import VERDICT, WINDOW, Window, thresholds_of
from sentinel.errors.release import NoVerificationError

WATCHED = frozenset({OperationKind.DEPLOYMENT, OperationKind.ROLLBACK})


class VerificationView(Frozen):
    """`elapsed_s` is counted from the window's beginning; `judgement` is there once it was decided."""

    operation: str
    running: bool
    began: Instant
    now: Instant
    trace: Trace
    judgement: Judgement | None

    @property
    def elapsed_s(self) -> float:
        return self.began.measured_to(self.now).total_seconds()


class ViewVerification(OperatorRequest):
    """That of the operation, else of the running or the newest one that watched production."""

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
            return VerificationView(
                operation=operation,
                running=project.operation is not None and project.operation.id == operation and VERDICT not in steps,
                began=window.began,
                now=call.world.clock.now(),
                trace=trace_of(samples, thresholds),
                judgement=Judgement.model_validate(steps[VERDICT]) if VERDICT in steps else None,
            )
        raise NoVerificationError


def _watched(project: Project) -> tuple[str, ...]:
    """The operations that may have watched production, the newest first."""
    running = project.operation
    ended = (one.operation_id for one in reversed(project.outcomes) if one.kind in WATCHED)
    return (*([running.id] if running is not None and running.kind in WATCHED else []), *ended)


def _thresholds(project: Project) -> Thresholds | None:
    """Where an earlier version began the window, which did not store them."""
    release, pin = project.release, project.pin
    policy = release.policy if release is not None else pin.policy if pin is not None else None
    return thresholds_of(policy) if policy is not None else None
