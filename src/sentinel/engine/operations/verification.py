"""Post-deployment verification: watches production for the whole window and stores the samples."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta

from sentinel.core.audit.findings import EVERY_SESSION, Severity
from sentinel.core.policy.model import Policy
from sentinel.core.release.hotfix import REVIEW, review_message
from sentinel.core.release.lifecycle import verification_passed
from sentinel.core.release.rollback import halt_blind, plan_rollback
from sentinel.core.release.states import Cause
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import Instant, countdown
from sentinel.core.verification.sequential_test import (
    Judgement,
    Progress,
    Sample,
    Thresholds,
    Verdict,
    describe,
    judge,
    judge_rollback,
    observe,
)
from sentinel.engine.operations.staging import open_release
from sentinel.engine.runtime.run import Run
from sentinel.engine.runtime.transactions import record_finding
from sentinel.errors.release import InvariantBrokenError, VerificationFailedError

Rule = Callable[[Progress, Thresholds, float], Judgement]
"""`judge`, or `judge_rollback`."""

WINDOW, VERDICT = "window", "verification"
"""The two steps of a verification: it began, and a rule has decided."""


class Window(Frozen):
    """When the verification began, and its thresholds; a restarted runner continues from there."""

    began: Instant
    thresholds: Thresholds | None = None


def thresholds_of(policy: Policy) -> Thresholds:
    rules = policy.production.verification
    return Thresholds(
        error_rate=rules.error_rate,
        latency_ms=rules.latency.total_seconds() * 1000,
        window_s=rules.window.total_seconds(),
        rate=rules.probe.rate,
        interval_s=rules.prometheus.interval.total_seconds() if rules.prometheus else None,
    )


async def verify(run: Run) -> None:
    """Watches until a rule decides: passed archives the release, failed rolls it back, and without samples it halts."""
    release = await open_release(run)
    judgement = await watched(run, release.policy, judge)
    numbers = in_words(judgement)
    if judgement.verdict is Verdict.FAILED:
        raise VerificationFailedError(reason=f"{numbers}.", fix="")
    if judgement.verdict is Verdict.BLIND:
        await _halt(run, f"verification of {release.tag} could not measure production: {numbers}.")
        return
    async with run.transaction() as tx:
        tx.apply(verification_passed(tx.project, f"{release.tag} passed verification: {numbers}.", tx.now.wall))
        if release.hotfix is not None:
            said = review_message(release, release.hotfix)
            await record_finding(tx, Severity.LOW, REVIEW, said, session=EVERY_SESSION)


async def watched(run: Run, policy: Policy, rule: Rule) -> Judgement:
    """The judgement after watching production as `policy` says, until `rule` decides. A step, so it is decided once."""
    resumed = WINDOW in await run.world.store.steps(run.operation.id)

    async def begin() -> Window:
        return Window(began=run.world.clock.now(), thresholds=thresholds_of(policy))

    async def watch() -> Judgement:
        return await _watch(run, policy, rule, window, resumed=resumed)

    window = await run.step(WINDOW, Window, begin)
    judgement = await run.step(VERDICT, Judgement, watch)
    run.world.progress.report(run.project_id, "")
    return judgement


async def verdict(run: Run) -> Judgement:
    """The stored judgement of the operation's verification."""
    return Judgement.model_validate((await run.world.store.steps(run.operation.id))[VERDICT])


def in_words(judgement: Judgement) -> str:
    return f"{judgement.numbers} (decided by: {judgement.rule})"


async def _watch(run: Run, policy: Policy, rule: Rule, window: Window, *, resumed: bool) -> Judgement:
    """Continues from the stored samples. Nobody measured since the last of them, however short that was."""
    thresholds = thresholds_of(policy)
    progress = observe(Progress(), thresholds, await _stored(run))
    taken_up = run.world.clock.now()
    # After another boot the wall clock may be behind the stored samples.
    before = max(window.began.measured_to(taken_up).total_seconds(), progress.reached_s)

    def elapsed() -> float:
        return before + taken_up.measured_to(run.world.clock.now()).total_seconds()

    if resumed:
        unseen = Sample(at=elapsed(), ok=False, fault="prober", reason="Sentinel itself was not running")
        await _store(run, (unseen,))
        progress = observe(progress, thresholds, (unseen,))
    async with aclosing(run.world.services.observe(policy, elapsed)) as batches:
        async for batch in batches:
            if batch:
                await _store(run, batch)
            progress = observe(progress, thresholds, batch)
            judgement = rule(progress, thresholds, elapsed())
            if judgement.verdict is not Verdict.RUNNING:
                return judgement
            left = countdown(timedelta(seconds=max(0.0, thresholds.window_s - elapsed())))
            at_most = "at most " if rule is judge_rollback else ""
            share = min(1.0, elapsed() / thresholds.window_s)
            run.world.progress.report(run.project_id, f"{at_most}{left} left, {describe(progress)}", share)
    raise InvariantBrokenError(invariant="a verification ends in a verdict")


async def _stored(run: Run) -> tuple[Sample, ...]:
    return tuple(Sample.model_validate(sample) for sample in await run.world.store.samples(run.operation.id))


async def _store(run: Run, samples: tuple[Sample, ...]) -> None:
    """Masked: their reasons may quote production's answers."""
    masked = without_secrets(samples, run.world.secrets.mask)
    async with run.transaction() as tx:
        await tx.add_samples(run.operation.id, [sample.model_dump(mode="json") for sample in masked])


async def _halt(run: Run, unseen: str) -> None:
    async with run.transaction() as tx:
        plan = plan_rollback(tx.project, reason=f"The {unseen}", cause=Cause.VERIFICATION_BLIND, now=tx.now.wall)
        if plan is None:
            raise InvariantBrokenError(invariant="what is verified runs in production")
        outcome = run.outcome(tx, f"HALTED: the {unseen}", ok=False, cause=plan.cause)
        tx.apply(halt_blind(tx.project, plan, outcome))
