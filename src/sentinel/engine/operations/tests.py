"""`run_tests`: Sentinel runs the full regression suite in a pristine checkout."""

from datetime import timedelta

from sentinel.core.candidate.commit_files import Ignored
from sentinel.core.policy.model import Policy
from sentinel.core.policy.pinning import distrust
from sentinel.core.release.lifecycle import end, record_tests
from sentinel.core.release.model import Evidence, Operation
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import spoken
from sentinel.engine.commit_policy import PolicyAtCommit, policy_at, policy_in
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.release import StepFailedError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


class Seen(Frozen):
    """The tested commit, its tree, and the digest of what tests depend on."""

    commit: str
    tree: str
    content: str = ""


async def execute(run: Run) -> None:
    project = await run.project()
    repository = await run.repository()
    found: PolicyAtCommit | None = None

    async def look() -> Seen:
        nonlocal found
        commit = await run.head(repository)
        async with repository.reading() as reader:
            files = await reader.at(commit)
            found = await policy_in(run.world, files)
            if (reason := distrust(project.pin, found.files)) is not None:
                raise StepFailedError(reason=reason, fix="A person reads the change and runs `sentinel trust`.")
            content = await files.content_digest(Ignored.of(found.policy))
        return Seen(commit=commit, tree=files.tree, content=content)

    seen = await run.step("fetch", Seen, look)
    policy = (found or await policy_at(run.world, repository, seen.commit)).policy
    variables = {"SENTINEL_TARGET": "tests", "SENTINEL_COMMIT": seen.commit}
    await run.checkout(repository, seen.commit, policy, variables)
    seconds = None
    try:
        ended = await run.command("tests", policy.tests.command, policy, variables, time_limit=policy.tests.timeout)
        failure, seconds = None, ended.seconds
    except StepFailedError as error:
        failure = str(error)
    async with run.transaction() as tx:
        message = failure or _passed(seen.commit, seconds, policy)
        evidence = Evidence(
            tree=seen.tree,
            commit=seen.commit,
            passed=failure is None,
            ended=tx.now,
            summary=message,
            content=seen.content,
            seconds=seconds,
        )
        tx.apply(record_tests(tx.project, evidence, run.outcome(tx, message, ok=failure is None)))


def _passed(commit: str, seconds: float | None, policy: Policy) -> str:
    took = f" ({spoken(timedelta(seconds=seconds))})" if seconds is not None else ""
    return f"The tests passed on {commit[:12]}{took}. They count for {spoken(policy.tests.max_age)}."


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """Nothing was tested: the evidence of earlier runs stays."""
    tx.apply(end(tx.project, make_outcome(operation, tx, failure.message, ok=False, fix=failure.fix)))
