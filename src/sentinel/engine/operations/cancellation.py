"""Giving a candidate up, and ending what runs: at a tool's call or a person's command."""

from typing import Literal

import structlog

from sentinel.core.release.cancellation import stopped, stopped_sentence
from sentinel.core.release.lifecycle import abandon, abandoned_sentence, staging_failed
from sentinel.core.release.model import Cancel, Operation, Outcome, Project
from sentinel.core.release.rollback import request_cancel
from sentinel.core.release.states import State
from sentinel.engine.runtime.run import make_outcome
from sentinel.errors import SentinelError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


def give_up(tx: Transaction, reason: str, actor: str) -> str:
    """The candidate, for which nothing runs, is given up; what to say of it."""
    release = tx.project.release
    tx.apply(abandon(tx.project, actor, reason, tx.now.wall))
    tag = release.tag if release else "The release"
    return f"{tag} is abandoned; the sprint is still open."


def ask_to_end(world: World, tx: Transaction, then: Literal["stop", "abandon"], reason: str, actor: str) -> str:
    """The running operation is told to end; the id under which the asker follows it.

    The newest request counts, a rollback before all; whoever asked before still follows the same id.
    """
    project = tx.project
    earlier = project.operation.cancel.following if project.operation and project.operation.cancel else ""
    tx.apply(request_cancel(project, Cancel(then=then, reason=reason, by=actor, following=earlier or world.new_id())))
    running = tx.project.operation
    return running.cancel.following if running and running.cancel else earlier


def stop(_world: World, tx: Transaction, operation: Operation, cancel: Cancel) -> None:
    """Only the operation ends."""
    sentence = stopped_sentence(tx.project, operation.kind, cancel)
    tx.apply(stopped(tx.project, _outcome(tx, operation, cancel, sentence)))


def stop_and_give_up(_world: World, tx: Transaction, operation: Operation, cancel: Cancel) -> None:
    """The operation ends, and the candidate that it was for is given up."""
    by, reason, at = cancel.by, cancel.reason, tx.now.wall
    ended = _outcome(tx, operation, cancel, abandoned_sentence(tx.project, by, reason))
    if tx.project.state is State.STAGING:
        tx.apply(staging_failed(tx.project, ended))
        tx.apply(abandon(tx.project, by, reason, at))
    else:
        tx.apply(abandon(tx.project, by, reason, at, ended))


def _outcome(tx: Transaction, operation: Operation, cancel: Cancel, sentence: str) -> Outcome:
    return make_outcome(operation, tx, sentence, ok=False).model_copy(update={"asked": cancel.following})


log = structlog.get_logger(__name__)


async def remove_tag(world: World, before: Project) -> None:
    """Removes the tag of the candidate that `before` had, unless it was published.

    A failure only costs the tidiness: the next candidate of that version makes its tag anew.
    """
    release = before.release
    if release is None or release.version in before.retired:
        return
    try:
        await world.repository(before, release.policy).delete_tag(release.tag)
    except SentinelError as error:
        log.warning("the tag of an abandoned candidate stays", tag=release.tag, problem=error.what)
