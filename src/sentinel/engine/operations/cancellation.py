"""Abandoning a candidate and ending what runs, as an agent or a person asks."""

from typing import Literal

import structlog

from sentinel.core.release.cancellation import stopped, stopped_sentence
from sentinel.core.release.lifecycle import abandon, abandoned_sentence, staging_failed
from sentinel.core.release.model import Cancel, Operation, Outcome, Project
from sentinel.core.release.rollback import request_cancel
from sentinel.core.release.states import State
from sentinel.engine.runtime.run import make_outcome
from sentinel.engine.statuses import Begun
from sentinel.errors import SentinelError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

log = structlog.get_logger(__name__)


def give_up(world: World, tx: Transaction, reason: str, actor: str, then: Literal["stop", "abandon"]) -> Begun:
    """Abandons the candidate. If an operation runs, asks it to end: `then` only it stops, or the candidate is abandoned
    with it."""
    if tx.project.operation is not None:
        return ask_to_end(world, tx, then, reason, actor)
    release = tx.project.release
    tx.apply(abandon(tx.project, actor, reason, tx.now.wall))
    tag = release.tag if release else "The release"
    return Begun(message=f"{tag} is abandoned; the sprint is still open.")


def ask_to_end(world: World, tx: Transaction, then: Literal["stop", "abandon"], reason: str, actor: str) -> Begun:
    """Asks the running operation to end.

    The newest request counts, except that a rollback comes first. All who have asked follow the same id.
    """
    project = tx.project
    earlier = project.operation.cancel.following if project.operation and project.operation.cancel else ""
    tx.apply(request_cancel(project, Cancel(then=then, reason=reason, by=actor, following=earlier or world.new_id())))
    running = tx.project.operation
    return Begun(running.cancel.following if running and running.cancel else earlier)


def stop(_world: World, tx: Transaction, operation: Operation, cancel: Cancel) -> None:
    """Ends only the operation."""
    sentence = stopped_sentence(tx.project, operation.kind, cancel)
    tx.apply(stopped(tx.project, _outcome(tx, operation, cancel, sentence)))


def stop_and_give_up(_world: World, tx: Transaction, operation: Operation, cancel: Cancel) -> None:
    """Ends the operation, and abandons the candidate that it worked on."""
    by, reason, at = cancel.by, cancel.reason, tx.now.wall
    ended = _outcome(tx, operation, cancel, abandoned_sentence(tx.project, by, reason))
    if tx.project.state is State.STAGING:
        tx.apply(staging_failed(tx.project, ended))
        tx.apply(abandon(tx.project, by, reason, at))
    else:
        tx.apply(abandon(tx.project, by, reason, at, ended))


def _outcome(tx: Transaction, operation: Operation, cancel: Cancel, sentence: str) -> Outcome:
    return make_outcome(operation, tx, sentence, ok=False).model_copy(update={"asked": cancel.following})


async def remove_tag(world: World, before: Project, after: Project) -> None:
    """Removes the tag of the candidate that was abandoned between the two, unless the tag was published.

    A failure does no harm: the next candidate of that version makes a new tag.
    """
    release = before.release
    if release is None or after.release is not None or release.version in before.retired:
        return
    try:
        await world.repository(before, release.policy).delete_tag(release.tag)
    except SentinelError as error:
        log.warning("the tag of an abandoned candidate was not removed", tag=release.tag, problem=error.what)
