"""A person takes production back, or says what it runs."""

from functools import partial
from typing import ClassVar

from sentinel.core.approval.plan import ROLLBACK_PHRASE, rollback_text
from sentinel.core.release.cause import Cause
from sentinel.core.release.model import Deployed, Project
from sentinel.core.release.rollback import can_roll_back, plan_rollback, resolve
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.instant import Instant
from sentinel.core.values.names import Line, Version
from sentinel.core.values.printable import printable
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.approvals import begin_rollback
from sentinel.engine.older_history import tags_against
from sentinel.engine.people.adoption import deployed
from sentinel.engine.runtime.transactions import transaction, with_reserve
from sentinel.engine.statuses import Answer
from sentinel.errors.approval import ConfirmedOtherError
from sentinel.errors.release import NothingToLeaveError


class RollbackQuestion(Frozen):
    """`phrase` is what confirms it."""

    text: str
    phrase: str


class RollbackText(OperatorRequest):
    """What a person confirms before a rollback of their own."""

    wire: ClassVar[str] = "rollback_text"

    async def carry_out(self, call: Call) -> RollbackQuestion:
        """Raises NothingToLeaveError."""
        text = _rollback_text(await call.project(), call.world.clock.now())
        return RollbackQuestion(text=text, phrase=ROLLBACK_PHRASE)


class Rollback(OperatorRequest):
    """A person's own rollback needs no approval. `text` is what was shown and confirmed; None where nothing was."""

    wire: ClassVar[str] = "rollback"
    reason: Line
    text: str | None = None

    async def carry_out(self, call: Call) -> Answer:
        """Raises NothingToLeaveError, or ConfirmedOtherError."""
        operation_id = await with_reserve(call.world, partial(self._begin, call))
        return await call.views.answer(call.project_id, None, operation_id=operation_id)

    async def _begin(self, call: Call) -> str:
        async with transaction(call.world, call.project_id) as tx:
            found = _rollback_text(tx.project, tx.now)
            if self.text is not None and self.text != found:
                raise ConfirmedOtherError(confirmed=_plan_line(self.text), found=_plan_line(found))
            return begin_rollback(call.world, tx, self.reason, actor=call.by)


class Resolve(OperatorRequest):
    """Out of HALTED, by a person's word about what production runs."""

    wire: ClassVar[str] = "resolve"
    production: Version | None

    async def carry_out(self, call: Call) -> Answer:
        found = None
        if self.production is not None:
            found = await deployed(call, await call.project(), self.production)
        lost = await self._lost_tags(call)
        async with transaction(call.world, call.project_id) as tx:
            tx.apply(resolve(tx.project, found, call.by, lost))
        return await call.views.answer(call.project_id, _resolved(found))

    async def _lost_tags(self, call: Call) -> tuple[str, ...]:
        """Those that speak against the history, where that is why the project has halted; the person accepts it."""
        project = await call.project()
        return await tags_against(call.world, project) if project.history_fault else ()


def _rollback_text(project: Project, now: Instant) -> str:
    plan = plan_rollback(project, reason="", cause=Cause.PERSON, now=now.wall)
    if plan is None or not can_roll_back(project):
        raise NothingToLeaveError
    return rollback_text(plan)


def _plan_line(text: str) -> str:
    """What is left and gone back to, of the block that is confirmed."""
    return printable(next((line for line in text.splitlines() if line.startswith("rollback:")), "another one"))


def _resolved(production: Deployed | None) -> str:
    if production is None:
        return "Resolved: production runs nothing of Sentinel's."
    kept = "" if production.artifacts else f" Nothing of it is kept: `sentinel adopt {production.version}` builds it."
    return f"Resolved: production runs {production.tag}.{kept}"
