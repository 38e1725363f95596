"""`sentinel adopt`: the files of a version that production runs already, so that there is something to go back to."""

from pathlib import Path

from sentinel.core.policy.model import Policy
from sentinel.core.release.adoption import Adopting, adopted
from sentinel.core.release.lifecycle import end
from sentinel.core.release.model import Artifact, Deployed, Operation
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.command import NoArtifactError, TamperedArtifactError
from sentinel.errors.release import StepFailedError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

EVERY_FILE = ("**",)


class Kept(Frozen):
    """What is kept under the operation's id, which the adopted release takes; and the checkout, where it was built."""

    artifacts: tuple[Artifact, ...]
    checkout: str | None = None


async def execute(run: Run) -> None:
    asked = Adopting.model_validate(run.operation.arguments)
    kept = await (_built(run, asked) if asked.folder is None else _taken(run, Path(asked.folder)))
    async with run.transaction() as tx:
        production = Deployed(
            version=asked.version,
            tag=asked.tag,
            commit=asked.commit,
            deployed_at=tx.now.wall,
            release_id=run.operation.id,
            artifacts=kept.artifacts,
            checkout=kept.checkout,
        )
        count = f"{len(kept.artifacts)} file{' is' if len(kept.artifacts) == 1 else 's are'} kept"
        message = f"Recorded: production runs {asked.tag}; {count}, and a rollback can go back to it."
        tx.apply(adopted(tx.project, production, run.outcome(tx, message, ok=True)))


async def _built(run: Run, asked: Adopting) -> Kept:
    """A build by the trusted policy: the version itself may be older than its sentinel.toml."""
    policy = await _trusted(run)
    variables = {
        "SENTINEL_TARGET": "build",
        "SENTINEL_VERSION": asked.version,
        "SENTINEL_COMMIT": asked.commit,
        "SENTINEL_RELEASE_ID": run.operation.id,
    }
    await run.checkout(await run.repository(policy), asked.commit)
    await run.set_up(policy, variables)
    timeout = policy.build.timeout.total_seconds()
    await run.command("build", policy.build.command, policy, variables, timeout_seconds=timeout)

    async def collect() -> Kept:
        """In separated mode the build user can write to the checkout, in which no production script may run then."""
        await run.world.workspace.take_back(run.working_copy, run.user)
        artifacts = await run.world.artifacts.collect(run.operation.id, run.working_copy, policy.build.artifacts)
        return Kept(artifacts=artifacts, checkout=None if run.world.separated else run.checkout_name)

    return await run.step("artifacts", Kept, collect)


async def _trusted(run: Run) -> Policy:
    pin = (await run.project()).pin
    if pin is None:
        raise StepFailedError(reason="Nobody has trusted a policy to build by.", fix="A person runs `sentinel trust`.")
    return pin.policy


async def _taken(run: Run, folder: Path) -> Kept:
    """Every regular file below the folder; a link in it is refused, as it could lead anywhere."""

    shown = printable(str(folder), limit=200)

    async def collect() -> Kept:
        try:
            return Kept(artifacts=await run.world.artifacts.collect(run.operation.id, folder, EVERY_FILE))
        except NoArtifactError:
            raise StepFailedError(reason=f"{shown} holds no file.", fix="") from None
        except TamperedArtifactError as error:
            raise StepFailedError(reason=f"{shown} changed while its files were taken: {error.what}", fix="") from None

    return await run.step("artifacts", Kept, collect)


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """What production runs stays as it was recorded before."""
    asked = Adopting.model_validate(operation.arguments)
    shown = f"It was not recorded that production runs {asked.tag}. {failure.message}\n{asked.other_ways}"
    tx.apply(end(tx.project, make_outcome(operation, tx, shown, ok=False)))
