"""A person decides on the release that is being made: hold or unhold, waive a closed window, abandon, cancel."""

from typing import ClassVar

from sentinel.core.approval.question import ask_approval
from sentinel.core.policy.windows import local_text
from sentinel.core.release.cancellation import Refusal, abandon_refusal, cancel_refusal
from sentinel.core.release.holding import BEFORE_PRODUCTION, closed_window, end_hold, go_outside, windows_of
from sentinel.core.release.model import OutsideWindow, Release
from sentinel.core.values.free_text import FreeText, Line
from sentinel.engine.agents import hold
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.operations.cancellation import ask_to_end, give_up, remove_tag
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors import SEE_STATUS
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import LockedToolError
from sentinel.ports.store import Transaction


class HoldReleases(OperatorRequest):
    wire: ClassVar[str] = "hold"
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            begun = hold(tx, self.reason, call.by)
        return await call.answer(begun)


class UnholdReleases(OperatorRequest):
    """`reason` is the hold's own, as the person confirmed it."""

    wire: ClassVar[str] = "unhold"
    reason: FreeText

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError if releases are held for another reason."""
        async with transaction(call.world, call.project_id) as tx:
            held = tx.project.hold
            if held is None:
                raise LockedToolError(reason="Releases are not on hold.", instead=SEE_STATUS)
            if held.reason != self.reason:
                raise ConfirmedOtherError(confirmed="another reason", found=held.reason)
            tx.apply(end_hold(tx.project, call.by))
        return await call.answer("The hold has ended.")


class WaiveWindow(OperatorRequest):
    """Allows the candidate, which must be `release_id`, into production although the window is closed."""

    wire: ClassVar[str] = "waive_window"
    release_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError if another candidate was confirmed."""
        async with transaction(call.world, call.project_id) as tx:
            release, claimed = tx.project.release, tx.project.approval is not None and tx.project.approval.claim
            if release is None or tx.project.state not in BEFORE_PRODUCTION or claimed:
                reason = f"There is no candidate before production; the state is {tx.project.state}."
                raise LockedToolError(reason=reason, instead=SEE_STATUS)
            if release.id != self.release_id:
                raise ConfirmedOtherError(confirmed="another candidate", found=release.tag)
            said = _go_outside(call, tx, release, self.reason)
        return await call.answer(said)


def _go_outside(call: Call, tx: Transaction, release: Release, reason: str) -> str:
    """Raises LockedToolError if the window is open."""
    closing = closed_window(tx.project, tx.now.wall)
    windows = windows_of(tx.project)
    if closing is None or windows is None:
        raise LockedToolError(reason="Production is not locked by a window.", instead=SEE_STATUS)
    outside = OutsideWindow(reason=reason, by=call.by, at=tx.now.wall, until=closing.opens_at)
    open_question, asked = tx.project.approval, None
    if open_question is not None:
        allowed = release.model_copy(update={"outside": outside})
        asked = ask_approval(
            tx.project,
            allowed,
            id=call.world.new_id(),
            nonce=call.world.new_id(),
            now=tx.now,
            asked_by=open_question.asked_by,
            requester=open_question.requester,
        )
    tx.apply(go_outside(tx.project, outside, asked))
    until = f" until {local_text(windows, closing.opens_at)}, when it opens" if closing.opens_at else ""
    again = " A new question names the reason: run `sentinel approve`." if asked else ""
    return f"{release.tag} may go to production outside of the window{until}. All other checks still apply.{again}"


class Abandon(OperatorRequest):
    """Abandons the candidate, which must be `release_id`, and ends the operation that runs for it."""

    wire: ClassVar[str] = "abandon"
    release_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError if another candidate was confirmed."""
        async with transaction(call.world, call.project_id) as tx:
            before = tx.project
            _require(abandon_refusal(before))
            if before.release is not None and before.release.id != self.release_id:
                raise ConfirmedOtherError(confirmed="another candidate", found=before.release.tag)
            begun = give_up(call.world, tx, self.reason, call.by, "abandon")
            after = tx.project
        await remove_tag(call.world, before, after)
        return await call.answer(begun)


class CancelOperation(OperatorRequest):
    """Ends the running operation, which must be `operation_id`."""

    wire: ClassVar[str] = "cancel"
    operation_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError if another operation was confirmed."""
        async with transaction(call.world, call.project_id) as tx:
            _require(cancel_refusal(tx.project))
            running = tx.project.operation
            if running is not None and running.id != self.operation_id:
                raise ConfirmedOtherError(confirmed="another operation", found=running.kind)
            begun = ask_to_end(call.world, tx, "stop", self.reason, call.by)
        return await call.answer(begun)


def _require(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise LockedToolError(reason=refusal.reason, instead=refusal.instead)
