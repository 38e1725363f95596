"""Production, after a person's `DEPLOY-NOW`: last checks, tag, script, verification and closure."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from sentinel.core.approval.question import is_stale
from sentinel.core.release.commands import previous_variables, release_variables
from sentinel.core.release.holding import check_may_go_on
from sentinel.core.release.lifecycle import (
    close_release,
    deployment_passed,
    reopen_approval,
    retire_version,
    spend_approval,
    start_deployment,
)
from sentinel.core.release.model import Operation, Release
from sentinel.core.release.rollback import failure_event
from sentinel.core.release.states import State
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.git import BranchCleanup, Refs
from sentinel.core.values.printable import printable
from sentinel.engine.commit_policy import Pinned
from sentinel.engine.history import Sealed, seal_history
from sentinel.engine.operations.promotion import check_release, check_unpublished
from sentinel.engine.operations.rollback import roll_back
from sentinel.engine.operations.staging import open_release
from sentinel.engine.operations.verification import in_words, verdict, verify
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors import SentinelError
from sentinel.errors.approval import OnHoldError, WindowClosedError
from sentinel.errors.git import PushRefusedError, RemoteUnreachableError
from sentinel.errors.release import StepFailedError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

_AGAIN = "The same question is open again until it expires: then a person runs `sentinel approve`."
KEPT_NAMED = 10
"""Kept branches that the outcome names; the history lists them all."""


async def execute(run: Run) -> None:
    """Continues with the phase that the state names, until the release is closed or is being rolled back."""
    while (phase := await _phase(run)) is not None:
        await phase(run)


async def _phase(run: Run) -> Callable[[Run], Awaitable[None]] | None:
    project = await run.project()
    running = project.operation is not None and project.operation.id == run.operation.id
    return _PHASES.get(project.state) if running else None


async def enter(run: Run) -> None:
    """Repeats every check that was made before the question; then pushes the tag.

    The approval is not spent if the remote does not answer or refuses the tag, if releases are held or if the window is
    closed: the same question is open again.
    """
    release = await open_release(run)
    approval = (await run.project()).approval
    if approval is not None and is_stale(approval, run.world.clock.now()):
        raise StepFailedError(
            reason="The approval was given, but its question expired before Sentinel used it.",
            fix="Request production again: a person is asked again.",
        )
    repository = await run.repository(release.policy)
    try:
        refs = await check_release(run, repository, release)
        await run.check("push-tag", lambda: _push(run, repository, release, refs))
        async with run.transaction() as tx:
            check_may_go_on(tx.project, tx.now.wall)
            tx.apply(start_deployment(tx.project, tx.now))
    except (PushRefusedError, RemoteUnreachableError, OnHoldError, WindowClosedError) as error:
        async with run.transaction() as tx:
            message = f"Production was not touched, and the approval is not spent. {error} {_AGAIN}"
            tx.apply(reopen_approval(tx.project, message, run.outcome(tx, message, ok=False)))


async def _push(run: Run, repository: Repository, release: Release, refs: Refs) -> None:
    await check_unpublished(run, repository, release, refs)
    async with run.transaction() as tx:
        if release.version not in tx.project.retired:
            tx.apply(retire_version(tx.project, release.version))
    await repository.push_tag(release.tag, release.tag_object)


async def deploy(run: Run) -> None:
    """Runs the production script with the artifacts that soaked, and checks the health of what it started."""
    release = await open_release(run)
    policy, production = release.policy, release.policy.production
    project = await run.project()
    previous = project.production

    async def hand_out(into: Path) -> None:
        await run.world.artifacts.hand_out(release.id, release.artifacts, into / "release")
        if previous is not None and previous.artifacts:
            await run.world.artifacts.hand_out(previous.release_id, previous.artifacts, into / "previous")

    folder = await run.filled_folder("artifacts", hand_out)
    variables = {
        **release_variables(release, target="production", artifacts=str(folder / "release"), url=production.url),
        **previous_variables(previous, str(folder / "previous")),
    }
    repository = await run.repository(policy)
    pinned = Pinned(repository, policy, release.commit, release.policy_digest)
    await run.checkout(repository, release.commit, policy, variables, production=True)
    timeout = production.timeout
    await run.command(
        "production", production.deploy, policy, variables, time_limit=timeout, production=True, pinned=pinned
    )
    await run.check("health", lambda: run.require_healthy(production, release, "Production is not healthy"))
    async with run.transaction() as tx:
        message = f"The production script of {release.tag} ended well and production answers. Verification has started."
        tx.apply(deployment_passed(tx.project, message, run.checkout_name))


class CleanUp(Frozen):
    """Which merged branches were deleted."""

    deleted: tuple[FreeText, ...] = ()
    kept: tuple[FreeText, ...] = ()
    warnings: tuple[FreeText, ...] = ()


async def close(run: Run) -> None:
    """Deletes merged branches and closes the sprint; the project is IDLE."""
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
    """The kept branches, without a remote's branch whose local one was kept for the same reason."""
    here = dict(done.kept)
    for name, reason in done.kept:
        if here.get(name.partition("/")[2]) != reason:
            yield name, reason


def _branches(cleaned: CleanUp) -> str:
    deleted = ", ".join(printable(name) for name in cleaned.deleted)
    kept = ", ".join(printable(name) for name in cleaned.kept[:KEPT_NAMED])
    more = len(cleaned.kept) - KEPT_NAMED
    named = (
        f" Deleted merged branches: {deleted}." if deleted else "",
        f" Kept: {kept}{f' and {more} more' if more > 0 else ''}." if kept else "",
    )
    return "".join(named)


_PHASES: dict[State, Callable[[Run], Awaitable[None]]] = {
    State.AWAITING_APPROVAL: enter,
    State.DEPLOYING: deploy,
    State.VERIFYING: verify,
    State.ARCHIVED: close,
}


def fail(world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """Before the production script, the approval is spent. After it, production is rolled back. A release that is
    already verified stays in production, and its closure ends with a warning."""
    project = tx.project
    if project.state is State.AWAITING_APPROVAL:
        shown = f"Production was not touched, and the approval is spent. {failure.message}"
        tx.apply(spend_approval(project, shown, make_outcome(operation, tx, shown, ok=False, fix=failure.fix)))
    elif project.state is State.ARCHIVED:
        tag = project.release.tag if project.release else "The release"
        shown = f"{tag} is verified and archived. The closure was not complete: {failure.message}"
        tx.apply(close_release(project, make_outcome(operation, tx, shown, ok=True), [failure.message]))
    else:
        roll_back(world, tx, failure_event(failure.cause), failure, actor="sentinel")
