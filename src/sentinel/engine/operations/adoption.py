"""`sentinel adopt`: keeps the files of a version that production already runs, so that a rollback can use them."""

from pathlib import Path

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
    """The files that are kept under the operation's id, which becomes the release's; and the checkout of a build."""

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
    """A build by the trusted policy: the version may be older than sentinel.toml."""
    pin = (await run.project()).pin
    if pin is None:
        reason = "Nobody has trusted a policy to build it by."
        raise StepFailedError(reason=reason, fix="A person runs `sentinel trust`.")
    policy = pin.policy
    await run.build(await run.repository(policy), policy, asked.version, asked.commit)

    async def collect() -> Kept:
        """In separated mode the build user can write to the checkout, so no production script may run in it."""
        await run.world.workspace.take_back(run.working_copy, run.user)
        artifacts = await run.world.artifacts.collect(run.operation.id, run.working_copy, policy.build.artifacts)
        return Kept(artifacts=artifacts, checkout=None if run.world.separated else run.checkout_name)

    return await run.step("artifacts", Kept, collect)


async def _taken(run: Run, folder: Path) -> Kept:
    """Every regular file below the folder. A link is refused: it could lead anywhere."""
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
    """The record of what production runs stays as it was."""
    asked = Adopting.model_validate(operation.arguments)
    shown = f"It was not recorded that production runs {asked.tag}. {failure.message}\n{asked.other_ways}"
    tx.apply(end(tx.project, make_outcome(operation, tx, shown, ok=False)))
