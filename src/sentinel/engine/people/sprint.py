"""A person starts and closes a sprint, and starts and ends a hotfix."""

from typing import ClassVar

from sentinel.core.release.holding import BEFORE_PRODUCTION
from sentinel.core.release.hotfix import can_change, end_hotfix, open_hotfix
from sentinel.core.release.lifecycle import close_sprint
from sentinel.core.release.model import Hotfix, OperationKind
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import StartSprint as AgentsStartSprint
from sentinel.core.values.free_text import Line, Name
from sentinel.core.values.times import write_duration
from sentinel.engine.agents import begin_request
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors import SEE_STATUS
from sentinel.errors.release import LockedToolError, NoHotfixError
from sentinel.ports.store import Transaction


class StartSprint(OperatorRequest):
    wire: ClassVar[str] = "start_sprint"
    name: Name

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            begun = begin_request(call.world, tx, AgentsStartSprint(name=self.name), call.by)
        return await call.answer(begun)


class CloseSprint(OperatorRequest):
    wire: ClassVar[str] = "close_sprint"

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            if tx.project.operation is not None or tx.project.state is not State.ACTIVE:
                reason = f"A sprint is closed in state ACTIVE, with nothing running; the state is {tx.project.state}."
                raise LockedToolError(reason=reason, instead=SEE_STATUS)
            tx.apply(close_sprint(tx.project, call.by))
        return await call.answer("The sprint is closed.")


class StartHotfix(OperatorRequest):
    wire: ClassVar[str] = "start_hotfix"
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises NoHotfixError if the trusted policy allows none, or LockedToolError."""
        async with transaction(call.world, call.project_id) as tx:
            allowed = tx.project.pin.policy.hotfix if tx.project.pin else None
            if allowed is None:
                raise NoHotfixError
            _require_changeable(tx)
            if tx.project.hotfix is not None:
                reason = f"A hotfix is already open, by {tx.project.hotfix.by}: {tx.project.hotfix.reason}"
                raise LockedToolError(reason=reason, instead=SEE_STATUS)
            tx.apply(open_hotfix(tx.project, Hotfix(reason=self.reason, by=call.by, at=tx.now.wall)))
        soak = write_duration(allowed.soak)
        said = f"The next release is a hotfix: a patch, which soaks for {soak}. All other gates and checks still apply."
        return await call.answer(said)


class EndHotfix(OperatorRequest):
    wire: ClassVar[str] = "end_hotfix"

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError."""
        async with transaction(call.world, call.project_id) as tx:
            _require_changeable(tx)
            if tx.project.hotfix is None:
                raise LockedToolError(reason="No hotfix is open.", instead=SEE_STATUS)
            tx.apply(end_hotfix(tx.project, call.by))
        return await call.answer("The hotfix has ended: the next release is a normal one.")


def _require_changeable(tx: Transaction) -> None:
    project = tx.project
    if can_change(project):
        return
    reason = f"A hotfix is opened and ended before a candidate is prepared; the state is {project.state}."
    instead = SEE_STATUS
    if project.release is not None and project.state in BEFORE_PRODUCTION:
        instead = f'A person can give up {project.release.tag} before: `sentinel abandon --reason "…"`.'
    elif project.operation is not None and project.operation.kind is OperationKind.PREPARE:
        reason, instead = "A candidate is being prepared.", "Run the command again when that has ended."
    raise LockedToolError(reason=reason, instead=instead)
