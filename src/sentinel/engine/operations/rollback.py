"""Rollback (protocol 4.1): the script of the release that is left, with the kept bytes of the one gone back to."""

from dataclasses import dataclass
from pathlib import Path

from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Deployed, Operation, Project, RollbackPlan
from sentinel.core.release.rollback import (
    halted,
    held_against,
    nothing_kept,
    rollback_failed,
    rollback_passed,
    rolled_back,
)
from sentinel.core.release.variables import leaving_variables, previous_variables
from sentinel.core.values.frozen import Frozen
from sentinel.core.verification.sequential_test import Verdict, judge_rollback
from sentinel.engine.commit_policy import Pinned
from sentinel.engine.operations.verification import in_words, watched
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.release import StepFailedError, VerificationFailedError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


class Code(Frozen):
    """The checkout that the rollback command runs in; `kept` where the release's own deployment left it."""

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
    """The policy whose rollback command is run, and the commit that its pinned files are taken from."""

    policy: Policy
    commit: str


def _rules(project: Project, leaving: Deployed) -> Rules:
    """Those of the release that is left; of one that Sentinel did not deploy, what a person has trusted."""
    if leaving.policy is not None:
        return Rules(leaving.policy, leaving.commit)
    if project.pin is None:
        raise StepFailedError(reason="No trusted policy names a rollback command.", fix="")
    return Rules(project.pin.policy, project.pin.commit)


async def _go_back(run: Run, plan: RollbackPlan, target: Deployed, rules: Rules) -> Code:
    """Nothing that takes long, or that may fail, stands before the script: no set-up, no fetch and no build."""
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
    timeout = production.timeout.total_seconds()
    await run.command(
        "rollback",
        production.rollback,
        rules.policy,
        variables,
        timeout_seconds=timeout,
        production=True,
        pinned=pinned,
    )
    return code


async def _code(run: Run, repository: Repository, target: Deployed) -> Code:
    """The code of `target`; the same again after a crash."""
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
    """Health, version and probes, as after a deployment; the numbers in words. Raises where production is not good."""
    await run.check("health", lambda: _healthy_again(run, expected, target))
    judgement = await watched(run, expected, judge_rollback)
    numbers = in_words(judgement)
    if judgement.verdict is Verdict.FAILED:
        raise VerificationFailedError(reason=f"Production is not good after the rollback: {numbers}.", fix="")
    if judgement.verdict is Verdict.BLIND:
        raise StepFailedError(reason=f"Production could not be seen after the rollback: {numbers}.", fix="")
    return numbers


def _unread(policy: Policy) -> tuple[str, ...]:
    metrics = policy.production.verification.prometheus is not None
    return ("Metrics did not count: they still look back at the release that was left.",) if metrics else ()


async def _hand_out(run: Run, leaving: Deployed, target: Deployed, into: Path) -> None:
    if leaving.artifacts:
        await run.world.artifacts.hand_out(leaving.release_id, leaving.artifacts, into / "release")
    await run.world.artifacts.hand_out(target.release_id, target.artifacts, into / "previous")


async def _healthy_again(run: Run, expected: Policy, target: Deployed) -> None:
    answers = (target.version, target.tag, target.commit)
    fault = await run.world.services.healthy(expected.production, answers=answers)
    if fault is not None:
        raise StepFailedError(reason=f"Production is not healthy after the rollback: {fault}", fix="")


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """HALTED: nothing is tried again without a person, and people are told why it was left and what is wrong now."""
    plan = tx.project.rollback
    shown = halted(plan, failure.message) if plan else failure.message
    cause = plan.cause if plan else None
    tx.apply(rollback_failed(tx.project, make_outcome(operation, tx, shown, ok=False, cause=cause)))
