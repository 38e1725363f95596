"""Starting a rollback: the one place where production is told to leave a release."""

from sentinel.core.release import OperationKind
from sentinel.core.rollback import origin_of, plan_rollback, start_rollback
from sentinel.core.states import Event
from sentinel.engine.ports import Transaction
from sentinel.engine.run import make_outcome, new_operation
from sentinel.engine.world import World
from sentinel.errors.operation import NothingToLeaveError


def roll_back(world: World, tx: Transaction, event: Event, reason: str, *, actor: str, id: str = "") -> str:
    """ROLLING_BACK, by `event`; an operation that runs ends with it. The id of the rollback's operation, `id` if given.

    Raises NothingToLeaveError where production runs nothing that Sentinel knows of.
    """
    project = tx.project
    plan = plan_rollback(project, reason=reason, origin=origin_of(actor), now=tx.now.wall)
    if plan is None:
        raise NothingToLeaveError
    ended = make_outcome(project.operation, tx, reason, ok=False) if project.operation else None
    following = new_operation(world, tx, OperationKind.ROLLBACK, actor, id=id)
    tx.apply(start_rollback(project, plan, following, event=event, actor=actor, outcome=ended))
    return following.id
