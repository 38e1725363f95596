"""Production, after a human's `DEPLOY-NOW`: last checks, tag, script, verification, closure (protocol 3 and 4)."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from sentinel.core.approval.question import is_stale
from sentinel.core.candidate.refs import Refs
from sentinel.core.release.holding import check_may_go_on
from sentinel.core.release.lifecycle import (
    deployment_passed,
    reopen_approval,
    retire_version,
    spend_approval,
    start_deployment,
)
from sentinel.core.release.model import Operation, Release
from sentinel.core.release.rollback import failure_event
from sentinel.core.release.states import State
from sentinel.core.release.variables import previous_variables, release_variables
from sentinel.engine.commit_policy import Pinned
from sentinel.engine.operations.closure import close, closed_with_warning
from sentinel.engine.operations.promotion import check_release, check_unpublished
from sentinel.engine.operations.rollback_start import roll_back
from sentinel.engine.operations.staging import open_release
from sentinel.engine.operations.verification import verify
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.approval import LineHeldError, WindowClosedError
from sentinel.errors.git import PushRefusedError, RemoteUnreachableError
from sentinel.errors.release import StepFailedError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

_ASK_AGAIN = "Request production again: a person is asked again."
_AGAIN = "The same question is open again until it expires: then a person runs `sentinel approve`."


async def execute(run: Run) -> None:
    """Goes on from the phase that the state names until the release is closed, or is being rolled back."""
    while (phase := await _phase(run)) is not None:
        await phase(run)


async def _phase(run: Run) -> Callable[[Run], Awaitable[None]] | None:
    project = await run.project()
    running = project.operation is not None and project.operation.id == run.operation.id
    return _PHASES.get(project.state) if running else None


async def enter(run: Run) -> None:
    """Everything that was checked before the question is checked again; then the tag goes out.

    A remote that does not answer or does not take the tag, a held line and a closed window cost no approval: the same
    question is open again.
    """
    release = await open_release(run)
    approval = (await run.project()).approval
    if approval is not None and is_stale(approval, run.world.clock.now()):
        raise StepFailedError(
            reason="The approval was given, and not used before its question expired.", fix=_ASK_AGAIN
        )
    repository = await run.repository(release.policy)
    try:
        refs = await check_release(run, repository, release)
        await run.check("push-tag", lambda: _push(run, repository, release, refs))
        async with run.transaction() as tx:
            check_may_go_on(tx.project, tx.now.wall)
            tx.apply(start_deployment(tx.project, tx.now))
    except (PushRefusedError, RemoteUnreachableError, LineHeldError, WindowClosedError) as error:
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
    """The production script with the bytes that soaked, and the health of what it started."""
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
    await run.checkout(repository, release.commit, production=True)
    await run.set_up(policy, variables, production=True)
    timeout = production.timeout.total_seconds()
    await run.command(
        "production", production.deploy, policy, variables, timeout_seconds=timeout, production=True, pinned=pinned
    )
    await run.check("health", lambda: _production_is_healthy(run, release))
    async with run.transaction() as tx:
        message = f"The production script of {release.tag} ended well and production answers. It is being verified."
        tx.apply(deployment_passed(tx.project, message, run.checkout_name))


async def _production_is_healthy(run: Run, release: Release) -> None:
    answers = (release.version, release.tag, release.commit)
    fault = await run.world.services.healthy(release.policy.production, answers=answers)
    if fault is not None:
        raise StepFailedError(reason=f"Production is not healthy: {fault}", fix="")


_PHASES: dict[State, Callable[[Run], Awaitable[None]]] = {
    State.AWAITING_APPROVAL: enter,
    State.DEPLOYING: deploy,
    State.VERIFYING: verify,
    State.ARCHIVED: close,
}


def fail(world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """Before production was entered the approval is spent; after it, production goes back."""
    project = tx.project
    if project.state is State.AWAITING_APPROVAL:
        shown = f"Production was not touched, and the approval is spent. {failure.message}"
        tx.apply(spend_approval(project, shown, make_outcome(operation, tx, shown, ok=False, fix=failure.fix)))
    elif project.state is State.ARCHIVED:
        tx.apply(closed_with_warning(tx, operation, failure.message))
    else:
        roll_back(world, tx, failure_event(failure.cause), failure, actor="sentinel")
