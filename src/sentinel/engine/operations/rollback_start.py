"""Starting a rollback: the one place where production is told to leave a release."""

from sentinel.core.release.cause import headed
from sentinel.core.release.model import OperationKind
from sentinel.core.release.rollback import plan_rollback, start_rollback
from sentinel.core.release.states import Event
from sentinel.engine.runtime.run import Failure, make_outcome, new_operation
from sentinel.errors.release import NothingToLeaveError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


def roll_back(world: World, tx: Transaction, event: Event, why: Failure, *, actor: str, id: str = "") -> str:
    """ROLLING_BACK, by `event`; an operation that runs ends with it. The id of the rollback's operation, `id` if given.

    Raises NothingToLeaveError where production runs nothing that Sentinel knows of.
    """
    project = tx.project
    plan = plan_rollback(project, reason=why.message, cause=why.cause, now=tx.now.wall)
    if plan is None:
        raise NothingToLeaveError
    message = headed(why.cause, why.message)
    ended = make_outcome(project.operation, tx, message, ok=False, cause=why.cause) if project.operation else None
    following = new_operation(world, tx, OperationKind.ROLLBACK, actor, id=id)
    tx.apply(start_rollback(project, plan, following, event=event, actor=actor, outcome=ended))
    return following.id
