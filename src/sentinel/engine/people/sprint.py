"""A sprint is opened and closed by a person."""

from typing import ClassVar

from sentinel.core.release.lifecycle import close_sprint
from sentinel.core.release.states import State
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.tools.requests import StartSprint as AgentsStartSprint
from sentinel.core.values.names import Name
from sentinel.engine.agents import begin_request
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.release import LockedToolError


class StartSprint(OperatorRequest):
    wire: ClassVar[str] = "start_sprint"
    name: Name

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            begun = begin_request(call.world, tx, AgentsStartSprint(name=self.name), call.by)
        return await call.views.answer(call.project_id, begun.message)


class CloseSprint(OperatorRequest):
    wire: ClassVar[str] = "close_sprint"

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            if tx.project.operation is not None or tx.project.state is not State.ACTIVE:
                reason = f"A sprint is closed in state ACTIVE, with nothing running; the state is {tx.project.state}."
                raise LockedToolError(reason=reason, instead=next_steps(tx.project, tx.now)[0])
            tx.apply(close_sprint(tx.project, call.by))
        return await call.views.answer(call.project_id, "The sprint is closed.")
