"""`deploy(target="staging")`: script, health, version and smoke tests; then the soak starts."""

from pathlib import Path

from sentinel.core.release.commands import release_variables
from sentinel.core.release.hotfix import soak_length
from sentinel.core.release.lifecycle import staging_failed, staging_passed
from sentinel.core.release.model import Operation, Release, Soak, Staged
from sentinel.core.values.times import countdown
from sentinel.engine.commit_policy import Pinned
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.release import StepFailedError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

UNHEALTHY = "Staging is not healthy"


async def execute(run: Run) -> None:
    release = await open_release(run)
    policy, staging = release.policy, release.policy.staging
    repository = await run.repository(policy)

    async def hand_out(into: Path) -> None:
        await repository.verify_tag(release.tag, release.commit, release.tag_object)
        await run.world.artifacts.hand_out(release.id, release.artifacts, into)

    artifacts = await run.filled_folder("artifacts", hand_out)
    variables = release_variables(release, target="staging", artifacts=str(artifacts), url=staging.url)
    await run.checkout(repository, release.commit, policy, variables)
    pinned = Pinned(repository, policy, release.commit, release.policy_digest)
    await run.command(
        "staging", staging.deploy, policy, variables, time_limit=staging.timeout, services=True, pinned=pinned
    )
    await run.check("health", lambda: run.require_healthy(staging, release, UNHEALTHY))
    smoke = await run.command("smoke", staging.smoke, policy, variables, time_limit=staging.timeout, pinned=pinned)
    async with run.transaction() as tx:
        soak = Soak(started=tx.now, length=soak_length(release))
        staged = Staged(artifacts=release.artifacts, soak=soak, operation=run.operation.id, smoke=smoke.sentence)
        message = f"{release.tag} is on staging and healthy. Production unlock in {countdown(soak.length)}."
        tx.apply(staging_passed(tx.project, staged, run.outcome(tx, message, ok=True)))


async def open_release(run: Run) -> Release:
    """The release that the operation works on. Raises StepFailedError."""
    release = (await run.project()).release
    if release is None:
        raise StepFailedError(reason="There is no release candidate any more.", fix="")
    return release


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    tag = tx.project.release.tag if tx.project.release else "the release"
    shown = f"Staging of {tag} failed; production stays LOCKED. {failure.message}"
    tx.apply(staging_failed(tx.project, make_outcome(operation, tx, shown, ok=False)))
