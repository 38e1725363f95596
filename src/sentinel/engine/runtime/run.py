"""A running operation: named steps, whose results are stored in the journal together with their changes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import JsonValue

from sentinel.core.policy.model import Command, Policy, Production, Staging
from sentinel.core.release.change import update
from sentinel.core.release.model import (
    NOBODY,
    BlockedBy,
    Deployed,
    Operation,
    OperationKind,
    Outcome,
    Project,
    Release,
    Requester,
)
from sentinel.core.release.script import CommandUser, ScriptOrder
from sentinel.core.release.states import Cause
from sentinel.core.values.free_text import FreeText, without_secrets
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.engine.commit_policy import Pinned, repository_of
from sentinel.engine.runtime.transactions import load_project, transaction
from sentinel.errors import SentinelError, TamperingError
from sentinel.errors.release import (
    InvariantBrokenError,
    ScriptFailedError,
    StepFailedError,
    VerificationFailedError,
)
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import EnvironmentRequest, World

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""How often a command runs if nobody saw its end, for example because the host went down: commands are idempotent."""

Result = TypeVar("Result", bound=Frozen)
Found = TypeVar("Found")


class OperationCancelled(Exception):  # noqa: N818 - no error: somebody asked for it
    """The running operation was asked to end."""


class Placed(Frozen):
    """The result of a step that made files: their folder, within the operation's."""

    folder: str


class Ended(Frozen):
    """The result of a command, as the journal stores it."""

    ok: bool
    sentence: FreeText
    tail: FreeText
    seconds: float | None = None


class Run:
    """What the procedure of an operation works with. Every write carries the operation's fencing number.

    `working_copy` is the checkout in which its commands run, once there is one.
    """

    def __init__(self, world: World, project_id: str, operation: Operation) -> None:
        self.world = world
        self.project_id = project_id
        self.operation = operation
        self.folder = world.workspace.folder / project_id / operation.id
        self.working_copy = self.folder
        self._done: dict[str, JsonValue] | None = None

    @property
    def user(self) -> CommandUser:
        """The user of its commands: what staging leaves running must not reach what builds."""
        return "staging" if self.operation.kind is OperationKind.STAGING else "build"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction of this operation. Raises OperationCancelled after it was asked to end."""
        async with transaction(self.world, self.project_id, fence=self.operation.fence) as tx:
            if tx.project.operation is not None and tx.project.operation.cancel is not None:
                raise OperationCancelled
            yield tx

    async def project(self) -> Project:
        return await load_project(self.world, self.project_id)

    async def repository(self, policy: Policy | None = None) -> Repository:
        """The project's git, as `policy` says, else as `repository_of` finds it."""
        project = await self.project()
        return await repository_of(self.world, project) if policy is None else self.world.repository(project, policy)

    async def head(self, repository: Repository) -> str:
        """The commit at the release branch's head. Meanwhile the status says which remote Sentinel waits for."""
        report, addresses = self.world.progress.report, await repository.addresses()
        report(self.project_id, f"waiting for {printable(addresses[0], limit=200)}" if addresses else "")
        try:
            return await repository.head()
        finally:
            report(self.project_id, "")

    async def step(self, name: str, kind: type[Result], action: Callable[[], Awaitable[Result]]) -> Result:
        """The result of the step `name`: from the journal if it is done, else by doing it now."""
        if self._done is None:
            self._done = await self.world.store.steps(self.operation.id)
        if name in self._done:
            return kind.model_validate(self._done[name])
        await self._announce(name)
        result = without_secrets(await action(), self.world.secrets.mask)
        async with self.transaction() as tx:
            self._done[name] = await self._journal(tx, name, result)
        return result

    async def check(self, name: str, action: Callable[[], Awaitable[Found]]) -> Found:
        """A step that only reads: its result is not stored, and a restarted runner repeats it."""
        await self._announce(name)
        return await action()

    async def _journal(self, tx: Transaction, name: str, result: Frozen) -> JsonValue:
        document: JsonValue = result.model_dump(mode="json")
        await tx.record_step(self.operation.id, name, document)
        return document

    async def _announce(self, name: str) -> None:
        async with self.transaction() as tx:
            operation = tx.project.operation
            if operation is not None and operation.step != name:
                running = operation.model_copy(update={"step": name, "step_started": tx.now.wall})
                fields = {"operation": running}
                tx.apply(update(tx.project, "operation.step", "sentinel", name, fields, operation=operation.id))

    async def checkout(
        self,
        repository: Repository,
        commit: str,
        policy: Policy,
        variables: dict[str, str],
        *,
        production: bool = False,
    ) -> None:
        """A pristine checkout of `commit` for this operation's commands, prepared by the policy's set-up.

        In separated mode, production's is neither given to another user nor set up: what a set-up downloads could there
        do whatever the trusted script may do.
        """

        async def fill(into: Path) -> None:
            await repository.checkout(commit, into)
            if not production:
                await self.world.workspace.hand_over(into, self.user)

        self.working_copy = await self.filled_folder("checkout", fill)
        if policy.build.setup is not None and not (production and self.world.separated):
            await self.command("setup", policy.build.setup, policy, variables, time_limit=policy.build.timeout)

    async def build(self, repository: Repository, policy: Policy, version: str, commit: str) -> None:
        """Builds `commit` in a pristine checkout, as that version of the release that this operation prepares."""
        variables = {
            "SENTINEL_TARGET": "build",
            "SENTINEL_VERSION": version,
            "SENTINEL_COMMIT": commit,
            "SENTINEL_RELEASE_ID": self.operation.id,
        }
        await self.checkout(repository, commit, policy, variables)
        await self.command("build", policy.build.command, policy, variables, time_limit=policy.build.timeout)

    async def filled_folder(self, name: str, fill: Callable[[Path], Awaitable[None]]) -> Path:
        """The folder that the step `name` filled, or fills now.

        It belongs to this runner alone: an earlier one that seemed dead may still fill another.
        """

        async def fill_own() -> Placed:
            folder = f"{name}-{self.operation.fence}"
            await fill(self.folder / folder)
            return Placed(folder=folder)

        return self.folder / (await self.step(name, Placed, fill_own)).folder

    def work_in(self, checkout: str) -> None:
        """From here on, commands run in that checkout of the project."""
        self.working_copy = self.folder.parent / checkout

    @property
    def checkout_name(self) -> str:
        """The working copy's path among the checkouts of the project."""
        return self.working_copy.relative_to(self.folder.parent).as_posix()

    async def command(
        self,
        name: str,
        command: Command,
        policy: Policy,
        variables: dict[str, str],
        *,
        time_limit: timedelta,
        production: bool = False,
        services: bool = False,
        pinned: Pinned | None = None,
    ) -> Ended:
        """Runs a command of the policy as a step. Raises ScriptFailedError with its sentence and tail.

        What it leaves running is ended, unless it may leave services, as production scripts may. Its `pinned` files
        are written over the checkout right before it starts.
        """
        order = ScriptOrder(
            argv=("/bin/sh", "-c", command) if isinstance(command, str) else command,
            cwd=str(self.working_copy),
            timeout_seconds=time_limit.total_seconds(),
            user=self.user if self.world.separated and not production else None,
            services=services or production,
        )

        async def execute() -> Ended:
            for attempt in range(1, ATTEMPTS + 1):
                given = {**variables, "SENTINEL_ATTEMPT": str(attempt), "SENTINEL_FENCE": str(self.operation.fence)}
                if pinned is not None:
                    scripts, replacing = await pinned.scripts(), pinned.of_rollback
                    await self.world.workspace.lay_over(self.working_copy, scripts, replacing=replacing)
                environment = EnvironmentRequest(self.project_id, policy, given, production)
                result = await self.world.scripts.run(self.folder / name / str(attempt), order, environment)
                if result.outcome != "lost":
                    return Ended(ok=result.ok, sentence=result.sentence, tail=result.tail, seconds=result.seconds)
            return Ended(ok=False, sentence=f"was lost {ATTEMPTS} times: its supervisor died with it", tail="")

        ended = await self.step(name, Ended, execute)
        if not ended.ok:
            tail = ended.tail.rstrip()
            shown = f"\n{tail}" if tail else ""
            raise ScriptFailedError(reason=f"The {name} command {ended.sentence}.{shown}", fix="")
        return ended

    async def require_healthy(self, target: Staging | Production, release: Release | Deployed, failed: str) -> None:
        """`target` is healthy, and it says that it runs `release` if it can say so. Raises StepFailedError."""
        answers = (release.version, release.tag, release.commit)
        fault = await self.world.services.healthy(target, answers=answers)
        if fault is not None:
            raise StepFailedError(reason=f"{failed}: {fault}", fix="")

    def outcome(
        self,
        tx: Transaction,
        message: str,
        *,
        ok: bool,
        blocked_by: tuple[BlockedBy, ...] = (),
        cause: Cause | None = None,
    ) -> Outcome:
        return make_outcome(self.operation, tx, message, ok=ok, blocked_by=blocked_by, cause=cause)


def make_outcome(
    operation: Operation,
    tx: Transaction,
    message: str,
    *,
    ok: bool,
    blocked_by: tuple[BlockedBy, ...] = (),
    cause: Cause | None = None,
    fix: str = "",
) -> Outcome:
    return Outcome(
        operation_id=operation.id,
        kind=operation.kind,
        ok=ok,
        message=message,
        ended_at=tx.now.wall,
        cause=cause,
        blocked_by=blocked_by,
        fix=fix,
    )


def new_operation(
    world: World,
    tx: Transaction,
    kind: OperationKind,
    requested_by: str,
    arguments: dict[str, JsonValue] | None = None,
    *,
    id: str = "",
    requester: Requester = NOBODY,
) -> Operation:
    """An operation with the next fencing number of the project; `id` is its id if one was promised."""
    return Operation(
        id=id or world.new_id(),
        kind=kind,
        fence=tx.project.fence + 1,
        arguments=arguments or {},
        requested_by=requested_by,
        started=tx.now,
        requester=requester,
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """`message` ends with `fix`, if the broken rule says what to do."""

    message: str
    cause: Cause
    fix: str = ""


_CAUSES: tuple[tuple[type[SentinelError], Cause], ...] = (
    (VerificationFailedError, Cause.VERIFICATION_FAILED),
    (ScriptFailedError, Cause.SCRIPT_FAILED),
    (TamperingError, Cause.TAMPERED),
    (InvariantBrokenError, Cause.INTERNAL_FAULT),
)


def cause_of(error: SentinelError) -> Cause:
    """By the broken rule; any other refusal is a failed deployment."""
    return next((cause for kind, cause in _CAUSES if isinstance(error, kind)), Cause.DEPLOYMENT_FAILED)
