"""A person gives the candidate up, or ends what runs."""

from typing import ClassVar

from sentinel.core.release.cancellation import Refusal, abandon_refusal, cancel_refusal
from sentinel.core.values.names import Line
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.operations.cancellation import ask_to_end, give_up, remove_tag
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import LockedToolError


class Abandon(OperatorRequest):
    """Gives up the candidate, which must be `release_id`, and ends what runs for it."""

    wire: ClassVar[str] = "abandon"
    release_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where another candidate was confirmed."""
        message, asked = None, None
        async with transaction(call.world, call.project_id) as tx:
            before = tx.project
            _require(abandon_refusal(before))
            if before.release is not None and before.release.id != self.release_id:
                raise ConfirmedOtherError(confirmed="another candidate", found=before.release.tag)
            if before.operation is None:
                message = give_up(tx, self.reason, call.by)
            else:
                asked = ask_to_end(call.world, tx, "abandon", self.reason, call.by)
        if asked is None:
            await remove_tag(call.world, before)
        return await call.views.answer(call.project_id, message, operation_id=asked)


class CancelOperation(OperatorRequest):
    """Ends the running operation, which must be `operation_id`."""

    wire: ClassVar[str] = "cancel"
    operation_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where another operation was confirmed."""
        async with transaction(call.world, call.project_id) as tx:
            _require(cancel_refusal(tx.project))
            running = tx.project.operation
            if running is not None and running.id != self.operation_id:
                raise ConfirmedOtherError(confirmed="another operation", found=running.kind)
            asked = ask_to_end(call.world, tx, "stop", self.reason, call.by)
        return await call.views.answer(call.project_id, None, operation_id=asked)


def _require(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise LockedToolError(reason=refusal.reason, instead=refusal.instead)
