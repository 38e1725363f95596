"""Closure (protocol 4.2): merged branches deleted, sprint closed, the agent back to IDLE."""

from collections.abc import Iterator

from sentinel.core.release.change import Change
from sentinel.core.release.cleanup import BranchCleanup
from sentinel.core.release.lifecycle import close_release
from sentinel.core.release.model import Operation
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.engine.attestations import Sealed, seal_history
from sentinel.engine.operations.staging import open_release
from sentinel.engine.operations.verification import in_words, verdict
from sentinel.engine.runtime.run import Run, make_outcome
from sentinel.errors import SentinelError
from sentinel.ports.store import Transaction

NAMED = 10
"""Kept branches that the outcome names; the history has them all."""


class CleanUp(Frozen):
    deleted: tuple[FreeText, ...] = ()
    kept: tuple[FreeText, ...] = ()
    warnings: tuple[FreeText, ...] = ()


async def close(run: Run) -> None:
    release = await open_release(run)
    repository = await run.repository(release.policy)

    async def delete_branches() -> CleanUp:
        try:
            done = await repository.clean_up(release.commit)
        except SentinelError as error:
            return CleanUp(warnings=(error.what,))
        deleted = dict.fromkeys((*done.deleted, *done.remote_deleted))
        return CleanUp(
            deleted=tuple(deleted),
            kept=tuple(f"{name} ({reason})" for name, reason in _once(done)),
            warnings=tuple(f"{name} was kept: {reason}" for name, reason in done.kept),
        )

    cleaned = await run.step("branches", CleanUp, delete_branches)
    sealed = await run.step("checkpoint", Sealed, lambda: seal_history(run.world, run.project_id))
    numbers = in_words(await verdict(run))
    async with run.transaction() as tx:
        unproven = f" {said}" if (said := release.policy.unproven()) else ""
        verified = f"{release.tag} is verified and archived: {numbers}.{unproven}"
        message = f"{verified}{_branches(cleaned)} The sprint is closed."
        outcome = run.outcome(tx, message, ok=True)
        tx.apply(close_release(tx.project, outcome, cleaned.warnings, checkpoint=sealed.checkpoint))


def _once(done: BranchCleanup) -> Iterator[tuple[str, str]]:
    """What was kept, without the remote's branch where the one here was kept for the same reason."""
    here = dict(done.kept)
    for name, reason in done.kept:
        if here.get(name.partition("/")[2]) != reason:
            yield name, reason


def _branches(cleaned: CleanUp) -> str:
    deleted = ", ".join(printable(name) for name in cleaned.deleted)
    kept = ", ".join(printable(name) for name in cleaned.kept[:NAMED])
    more = len(cleaned.kept) - NAMED
    named = (
        f" Deleted merged branches: {deleted}." if deleted else "",
        f" Kept: {kept}{f' and {more} more' if more > 0 else ''}." if kept else "",
    )
    return "".join(named)


def closed_with_warning(tx: Transaction, operation: Operation, message: str) -> Change:
    """A failure of the closure warns and goes on: the release itself is good."""
    tag = tx.project.release.tag if tx.project.release else "The release"
    shown = f"{tag} is verified and archived. The closure was not complete: {message}"
    return close_release(tx.project, make_outcome(operation, tx, shown, ok=True), [message])
