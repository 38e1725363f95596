"""`deploy(target="production")`: every check that must pass before a person is asked to approve."""

from sentinel.core.approval.question import ask_approval
from sentinel.core.policy.pinning import distrust
from sentinel.core.release.holding import OLDER_POLICY, check_may_go_on, prepared_with_older_policy
from sentinel.core.release.lifecycle import end, request_approval
from sentinel.core.release.model import Operation, Release
from sentinel.core.values.git import Refs
from sentinel.core.verification.prometheus import remarks, unusable
from sentinel.engine.approvers_file import require_same_approvers
from sentinel.engine.commit_policy import PolicyAtCommit, policy_at
from sentinel.engine.history import require_newest
from sentinel.engine.operations.staging import UNHEALTHY, open_release
from sentinel.engine.readiness import unready
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors.history import OlderHistoryError
from sentinel.errors.release import StepFailedError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


async def execute(run: Run) -> None:
    release = await open_release(run)
    repository = await run.repository(release.policy)
    refs = await check_release(run, repository, release)
    remarks_on_metrics = await _ask_metrics(run, release)

    await run.check("remote-tag", lambda: check_unpublished(run, repository, release, refs))
    await run.check("push-try", lambda: repository.try_push(release.tag))
    async with run.transaction() as tx:
        check_may_go_on(tx.project, tx.now.wall)
        approval = ask_approval(
            tx.project,
            release,
            id=run.world.new_id(),
            nonce=run.world.new_id(),
            now=tx.now,
            requester=run.operation.requester,
            asked_by=run.operation.requested_by,
        )
        message = f"{release.tag} waits for a human's approval: a person runs `sentinel approve`.{remarks_on_metrics}"
        tx.apply(request_approval(tx.project, approval, run.outcome(tx, message, ok=True), tx.now))


async def check_release(run: Run, repository: Repository, release: Release) -> Refs:
    """The checks when production is requested, and again after a person has approved. Each raises its own error.

    Returns the refs that they found, for the checks of the remote.
    """
    await run.check("line", lambda: _may_go_on(run))
    at_commit = await run.check("trust", lambda: _still_trusted(run, repository, release))
    await run.check("setup", lambda: _still_ready(run, at_commit))
    refs = await run.check("branch", lambda: _still_on_branch(repository, release))
    await run.check("history", lambda: require_newest(run.world, run.project_id, refs))
    await run.check("tag", lambda: repository.verify_tag(release.tag, release.commit, release.tag_object, refs))
    artifacts = run.world.artifacts
    await run.check("artifacts", lambda: artifacts.verify(release.id, release.artifacts, commit=release.commit))
    await run.check("staging-health", lambda: run.require_healthy(release.policy.staging, release, UNHEALTHY))
    return refs


async def _may_go_on(run: Run) -> None:
    check_may_go_on(await run.project(), run.world.clock.now().wall)


async def check_unpublished(run: Run, repository: Repository, release: Release, refs: Refs) -> None:
    """The remote has no such tag yet, unless this history says that an attempt which failed later has pushed it.

    Raises OlderHistoryError if the remote has the tag object of this release, StepFailedError if it has another.
    """
    if release.version in (await run.project()).retired:
        return
    published = await repository.remote_tag_objects(release.tag, refs)
    if release.tag_object in published:
        raise OlderHistoryError(problem=f"the remote has the tag {release.tag}, and no entry says that it was pushed")
    if published:
        raise StepFailedError(
            reason=f"The remote already has the tag {release.tag}.",
            fix="Abandon this release and prepare one with a higher version.",
        )


async def _ask_metrics(run: Run, release: Release) -> str:
    """Asks both queries before a person is asked: an unusable one would halt the release in production.

    Returns the remarks on usable ones. Raises StepFailedError.
    """
    readings = await run.world.services.metrics(release.policy)
    in_production = (await run.project()).production is not None
    if faults := unusable(readings, in_production=in_production):
        reason = " ".join(f"The query {fault.query} {fault.problem}." for fault in faults)
        raise StepFailedError(reason=reason, fix=" ".join(dict.fromkeys(fault.fix for fault in faults)))
    return "".join(f"\n{remark}" for remark in remarks(readings))


async def _still_trusted(run: Run, repository: Repository, release: Release) -> PolicyAtCommit:
    project = await run.project()
    if prepared_with_older_policy(project):
        raise StepFailedError(reason=OLDER_POLICY, fix="")
    at_commit = await policy_at(run.world, repository, release.commit)
    if (reason := distrust(project.pin, at_commit.files)) is not None:
        raise StepFailedError(reason=reason, fix="A person reads the change and runs `sentinel trust`.")
    await require_same_approvers(run.world, project)
    return at_commit


async def _still_ready(run: Run, at_commit: PolicyAtCommit) -> None:
    """What production's scripts need exists: a missing variable fails the deployment and then the rollback."""
    if faults := await unready(run.world, run.project_id, at_commit):
        fixes = " ".join(dict.fromkeys(fault.fix for fault in faults))
        raise StepFailedError(reason=" ".join(fault.message for fault in faults), fix=fixes)


async def _still_on_branch(repository: Repository, release: Release) -> Refs:
    refs = await repository.refs_with(release.commit)
    if refs is None:
        branch = release.policy.project.branch
        raise StepFailedError(
            reason=f"Commit {release.commit[:12]} is no longer on the branch {branch}.",
            fix="Abandon the release and prepare one from the branch as it is now.",
        )
    return refs


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    """The soak is kept; production was not asked for."""
    shown = f"Production stays LOCKED. {failure.message}"
    tx.apply(end(tx.project, make_outcome(operation, tx, shown, ok=False, fix=failure.fix)))
