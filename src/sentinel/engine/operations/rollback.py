"""Rollback: the script of the release that production leaves, with the kept artifacts of the earlier one."""

from dataclasses import dataclass
from pathlib import Path

from sentinel.core.policy.model import Policy
from sentinel.core.release.commands import leaving_variables, previous_variables
from sentinel.core.release.model import Cancel, Deployed, Operation, OperationKind, Project, RollbackPlan
from sentinel.core.release.rollback import (
    halted,
    held_against,
    nothing_kept,
    plan_rollback,
    request_cancel,
    rollback_failed,
    rollback_passed,
    rolled_back,
    start_rollback,
)
from sentinel.core.release.states import Event, asked_by, headed
from sentinel.core.values.frozen import Frozen
from sentinel.core.verification.sequential_test import Verdict, judge_rollback
from sentinel.engine.commit_policy import Pinned
from sentinel.engine.operations.verification import in_words, watched
from sentinel.engine.runtime.run import Failure, Run, make_outcome, new_operation
from sentinel.errors.release import NothingToLeaveError, StepFailedError, VerificationFailedError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


def roll_back(world: World, tx: Transaction, event: Event, why: Failure, *, actor: str, id: str = "") -> str:
    """Enters ROLLING_BACK by `event`, which ends a running operation. Returns the id of the rollback's operation, which
    is `id` if given.

    Raises NothingToLeaveError if production runs nothing that Sentinel knows of.
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


def begin_rollback(world: World, tx: Transaction, reason: str, *, actor: str) -> str:
    """Starts a rollback that needs no further approval; cancels a running operation first.

    Returns the id of the rollback's operation.
    """
    running = tx.project.operation
    if running is None:
        return roll_back(world, tx, Event.ROLLBACK_STARTED, Failure(reason, asked_by(actor)), actor=actor)
    if running.cancel is not None and running.cancel.then == "rollback":
        return running.cancel.following
    cancel = Cancel(then="rollback", reason=reason, by=actor, following=world.new_id())
    tx.apply(request_cancel(tx.project, cancel))
    return cancel.following


class Code(Frozen):
    """The checkout that the rollback command runs in; `kept` if the release's own deployment left it."""

    checkout: str
    kept: bool


async def execute(run: Run) -> None:
    project = await run.project()
    plan = project.rollback
    if plan is None or plan.target is None:
        reason = nothing_kept(project) or "There is no earlier release to go back to."
        raise StepFailedError(reason=reason, fix="")
    rules = _rules(project, plan.leaving)
    policy = rules.policy
    code = await _go_back(run, plan, plan.target, rules)
    expected = held_against(policy, plan.target)
    found = await _verify(run, expected, plan.target)
    async with run.transaction() as tx:
        proven = expected.production.version_path is not None
        notes = (f"Verified after the rollback: {found}.", *_unread(policy), *_fresh(code, plan.target))
        message = rolled_back(plan, proven=proven, notes=notes)
        outcome = run.outcome(tx, message, ok=True, cause=plan.cause)
        tx.apply(rollback_passed(tx.project, outcome, code.checkout))


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy whose rollback command runs, and the commit that its pinned files come from."""

    policy: Policy
    commit: str


def _rules(project: Project, leaving: Deployed) -> Rules:
    """Those of the release that production leaves; if Sentinel did not deploy it, the trusted policy."""
    if leaving.policy is not None:
        return Rules(leaving.policy, leaving.commit)
    if project.pin is None:
        raise StepFailedError(reason="No trusted policy names a rollback command.", fix="")
    return Rules(project.pin.policy, project.pin.commit)


async def _go_back(run: Run, plan: RollbackPlan, target: Deployed, rules: Rules) -> Code:
    """Nothing that takes long or that may fail comes before the script: no set-up, no fetch and no build."""
    production = rules.policy.production
    folder = await run.filled_folder("artifacts", lambda into: _hand_out(run, plan.leaving, target, into))
    variables = {
        **leaving_variables(plan.leaving, artifacts=str(folder / "release"), url=production.url),
        **previous_variables(target, str(folder / "previous")),
    }
    repository = await run.repository(rules.policy)
    code = await run.step("checkout", Code, lambda: _code(run, repository, target))
    run.work_in(code.checkout)
    pinned = Pinned(repository, rules.policy, rules.commit, of_rollback=True)
    command, timeout = production.rollback, production.timeout
    await run.command("rollback", command, rules.policy, variables, time_limit=timeout, production=True, pinned=pinned)
    return code


async def _code(run: Run, repository: Repository, target: Deployed) -> Code:
    """The code of `target`; after a crash the same again."""
    if target.checkout is not None and await run.world.workspace.holds(run.project_id, target.checkout):
        return Code(checkout=target.checkout, kept=True)
    fresh = f"{run.operation.id}/checkout-{run.operation.fence}"
    await repository.checkout(target.commit, run.folder.parent / fresh)
    return Code(checkout=fresh, kept=False)


def _fresh(code: Code, target: Deployed) -> tuple[str, ...]:
    if code.kept:
        return ()
    return (f"No checkout of {target.tag} was kept: the rollback command ran in a fresh one, without set-up.",)


async def _verify(run: Run, expected: Policy, target: Deployed) -> str:
    """Health, version and probes, as after a deployment. Returns the numbers in words; raises if production is bad."""
    failed = "Production is not healthy after the rollback"
    await run.check("health", lambda: run.require_healthy(expected.production, target, failed))
    judgement = await watched(run, expected, judge_rollback)
    numbers = in_words(judgement)
    if judgement.verdict is Verdict.FAILED:
        raise VerificationFailedError(reason=f"Production is not good after the rollback: {numbers}.", fix="")
    if judgement.verdict is Verdict.BLIND:
        raise StepFailedError(reason=f"Production could not be measured after the rollback: {numbers}.", fix="")
    return numbers


def _unread(policy: Policy) -> tuple[str, ...]:
    metrics = policy.production.verification.prometheus is not None
    return ("Metrics did not count: they still look back at the release that was left.",) if metrics else ()


async def _hand_out(run: Run, leaving: Deployed, target: Deployed, into: Path) -> None:
    if leaving.artifacts:
        await run.world.artifacts.hand_out(leaving.release_id, leaving.artifacts, into / "release")
    await run.world.artifacts.hand_out(target.release_id, target.artifacts, into / "previous")


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """HALTED: Sentinel tries nothing again without a person, and tells people why it rolled back and what failed."""
    plan = tx.project.rollback
    shown = halted(plan, failure.message) if plan else failure.message
    cause = plan.cause if plan else None
    tx.apply(rollback_failed(tx.project, make_outcome(operation, tx, shown, ok=False, cause=cause)))
