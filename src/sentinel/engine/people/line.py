"""Anybody stops the line; a person lets it go on, or lets one release go outside of the window."""

from typing import ClassVar

from sentinel.core.approval.question import ask_deployment
from sentinel.core.policy.windows import local_text
from sentinel.core.release.holding import BEFORE_PRODUCTION, closed_window, go_outside, release_line, windows_of
from sentinel.core.release.model import OutsideWindow, Release
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.names import Line
from sentinel.engine.agents import hold
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import LockedToolError
from sentinel.ports.store import Transaction


class HoldTheLine(OperatorRequest):
    wire: ClassVar[str] = "hold"
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        async with transaction(call.world, call.project_id) as tx:
            begun = hold(tx, self.reason, call.by)
        return await call.views.answer(call.project_id, begun.message)


class LetTheLineGoOn(OperatorRequest):
    """`reason` is the hold's, as it was confirmed."""

    wire: ClassVar[str] = "unhold"
    reason: FreeText

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where it is held for another reason."""
        async with transaction(call.world, call.project_id) as tx:
            held = tx.project.hold
            if held is None:
                raise LockedToolError(reason="The line is not held.", instead=next_steps(tx.project, tx.now)[0])
            if held.reason != self.reason:
                raise ConfirmedOtherError(confirmed="another reason", found=held.reason)
            tx.apply(release_line(tx.project, call.by))
        return await call.views.answer(call.project_id, "The line goes on.")


class WaiveWindow(OperatorRequest):
    """Lets the candidate, which must be `release_id`, go to production although the window is closed."""

    wire: ClassVar[str] = "waive_window"
    release_id: str
    reason: Line

    async def carry_out(self, call: Call) -> Answer:
        """Raises LockedToolError, or ConfirmedOtherError where another candidate was confirmed."""
        async with transaction(call.world, call.project_id) as tx:
            release, claimed = tx.project.release, tx.project.approval is not None and tx.project.approval.claim
            if release is None or tx.project.state not in BEFORE_PRODUCTION or claimed:
                reason = f"There is no candidate before production; the state is {tx.project.state}."
                raise LockedToolError(reason=reason, instead=next_steps(tx.project, tx.now)[0])
            if release.id != self.release_id:
                raise ConfirmedOtherError(confirmed="another candidate", found=release.tag)
            said = _go_outside(call, tx, release, self.reason)
        return await call.views.answer(call.project_id, said)


def _go_outside(call: Call, tx: Transaction, release: Release, reason: str) -> str:
    """Raises LockedToolError where the window is open."""
    closing = closed_window(tx.project, tx.now.wall)
    windows = windows_of(tx.project)
    if closing is None or windows is None:
        instead = next_steps(tx.project, tx.now)[0]
        raise LockedToolError(reason="Production is not locked by a window.", instead=instead)
    outside = OutsideWindow(reason=reason, by=call.by, at=tx.now.wall, until=closing.opens_at)
    open_question, asked = tx.project.approval, None
    if open_question is not None:
        allowed = release.model_copy(update={"outside": outside})
        asked = ask_deployment(
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
    again = " The question is asked anew, with the reason in its plan: run `sentinel approve`." if asked else ""
    return f"{release.tag} may go to production outside of the window{until}. All other checks hold.{again}"
