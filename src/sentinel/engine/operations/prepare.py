"""`prepare_release`: the gates, the version, the signed tag and the build from that tag."""

from dataclasses import replace

from pydantic import JsonValue

from sentinel.core.candidate.commit_files import Difference
from sentinel.core.candidate.gates import Verdict, blocked_sentence, judge
from sentinel.core.candidate.named_versions import differing_versions, with_revision
from sentinel.core.candidate.preview import CandidatePlan
from sentinel.core.policy.model import Policy
from sentinel.core.proof.attestations import Build, Source, provenance, result_of_tests
from sentinel.core.release.lifecycle import accept_candidate, refuse_candidate
from sentinel.core.release.model import (
    Artifact,
    BlockedBy,
    Operation,
    Release,
)
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.semver import Bump
from sentinel.engine.candidate import Examined, examine, facts_of, manifests_of
from sentinel.engine.commit_policy import PolicyAtCommit, policy_in
from sentinel.engine.history import attest, seal_history
from sentinel.engine.readiness import missing_addresses
from sentinel.engine.runtime.run import Failure, Run, make_outcome
from sentinel.errors import SentinelError
from sentinel.errors.release import StepFailedError
from sentinel.errors.store import FencedError, StoreUnavailableError
from sentinel.ports.repository import Repository
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


class Verdicts(Frozen):
    """The verdict of the gates before the build: blocked, or a plan."""

    sentence: FreeText | None = None
    blocked_by: tuple[BlockedBy, ...] = ()
    plan: CandidatePlan | None = None


class Tagged(Frozen):
    """The tag object; `checkpoint` is the signed note in its message."""

    tag_object: str
    checkpoint: str = ""


class Attested(Frozen):
    """The signed envelopes, by what they attest."""

    envelopes: dict[str, JsonValue]


class Built(Frozen):
    """The result of the build: a fault, tracked files that it changed, or its artifacts."""

    fault: FreeText | None = None
    dirty: tuple[Difference, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


async def execute(run: Run) -> None:
    repository = await run.repository()

    examined: Examined | None = None

    async def look() -> Verdicts:
        nonlocal examined
        examined = await _examine(run, repository)
        return _judged(examined.verdicts, examined.plan)

    verdicts = await run.step("gates", Verdicts, look)
    if verdicts.plan is None:
        await _refuse(run, verdicts.sentence or "", verdicts.blocked_by)
        return
    if examined is not None:
        at_commit, manifests = examined.at_commit, examined.manifests
    else:
        at_commit, manifests = await _read_again(run.world, repository, verdicts.plan.commit)
    tagged = await _tag(run, repository, verdicts.plan)
    built = await _build(run, repository, at_commit.policy, verdicts.plan)
    if built.fault is not None or built.dirty:
        await repository.delete_tag(verdicts.plan.tag)
        await _refuse_build(run, repository, at_commit, built)
        return
    attested = await _attest(run, verdicts.plan, at_commit, tagged, built)
    missing = await missing_addresses(run.world, at_commit.policy)
    # Files that name another version than the release: a remark, which blocks nothing.
    names = (artifact.name for artifact in built.artifacts)
    others = differing_versions(verdicts.plan.version, manifests, names)
    remarks = (*others, *(address.message for address in missing))
    plan = verdicts.plan.model_copy(update={"remarks": remarks})
    await _accept(run, plan, at_commit, tagged, built, attested)


async def _read_again(world: World, repository: Repository, commit: str) -> tuple[PolicyAtCommit, dict[str, str]]:
    """What an earlier runner had read."""
    async with repository.reading() as reader:
        files = await reader.at(commit)
        return await policy_in(world, files), await manifests_of(files)


async def _examine(run: Run, repository: Repository) -> Examined:
    """The gates that cost little: a build starts only if they hold.

    Removes tags that a cancelled or crashed candidate left in the mirror.
    """
    examined = await examine(run.world, await run.project(), repository, await run.head(repository), _requested(run))
    for leftover in examined.leftover:
        await repository.delete_tag(leftover)
    return examined


def _requested(run: Run) -> Bump:
    return Bump(str(run.operation.arguments["type"]))


def _judged(verdicts: tuple[Verdict, ...], plan: CandidatePlan | None) -> Verdicts:
    sentence = blocked_sentence(verdicts)
    if sentence is None:
        return Verdicts(plan=plan)
    return Verdicts(sentence=sentence, blocked_by=tuple(v.blocked_by() for v in verdicts if not v.holds))


async def _tag(run: Run, repository: Repository, plan: CandidatePlan) -> Tagged:
    """A tag of that name in the mirror belongs to an abandoned candidate: no published version is planned again."""

    async def sign() -> Tagged:
        key = await run.world.history_keys.verifier(run.project_id)
        sealed = await seal_history(run.world, run.project_id)
        names = f"commit {plan.commit}\ntree {plan.tree}\nhistory-key {key}"
        message = f"{plan.tag}\n\n{plan.notes}\n\n{names}\n\n{sealed.checkpoint}"
        tag_object = await repository.sign_tag(plan.tag, plan.commit, message)
        return Tagged(tag_object=tag_object, checkpoint=sealed.checkpoint)

    return await run.step("tag", Tagged, sign)


async def _build(run: Run, repository: Repository, policy: Policy, plan: CandidatePlan) -> Built:
    """A build in a pristine checkout; its artifacts are kept under the operation's id, which becomes the release's."""

    async def collect() -> Built:
        await run.world.workspace.take_back(run.working_copy, run.user)
        if dirty := await repository.left_by(run.working_copy, plan.commit):
            return Built(dirty=dirty)
        artifacts = await run.world.artifacts.collect(run.operation.id, run.working_copy, policy.build.artifacts)
        if policy.build.revision == "check":
            artifacts = await _with_revisions(run, repository, artifacts, plan.commit)
        await run.world.artifacts.verify(run.operation.id, artifacts, commit=plan.commit)
        return Built(artifacts=artifacts)

    try:
        await run.build(repository, policy, plan.version, plan.commit)
        return await run.step("artifacts", Built, collect)
    except (FencedError, StoreUnavailableError):
        raise
    except SentinelError as error:
        return Built(fault=str(error))


async def _with_revisions(
    run: Run, repository: Repository, artifacts: tuple[Artifact, ...], commit: str
) -> tuple[Artifact, ...]:
    """Raises ForeignRevisionError."""
    named = await run.world.artifacts.named_commits(run.operation.id, artifacts)
    commits = {one.commit for each in named.values() for one in each}
    known = {one for one in commits if await repository.has_commit(one)}
    return tuple(with_revision(artifact, named.get(artifact.name, ()), commit, known) for artifact in artifacts)


async def _attest(run: Run, plan: CandidatePlan, at_commit: PolicyAtCommit, tagged: Tagged, built: Built) -> Attested:
    """The attestations of the candidate, signed now, because an export signs nothing."""

    async def sign() -> Attested:
        project, digest = await run.project(), at_commit.digest
        source = Source(plan.tag, tagged.tag_object, plan.commit, plan.tree, digest)
        build = Build(project.id, run.operation.id, run.operation.started.wall, run.world.clock.now().wall)
        stated = {"provenance": provenance(source, build, built.artifacts)}
        if project.evidence is not None:
            stated["test-result"] = result_of_tests(project.evidence, digest)
        return Attested(envelopes={name: await attest(run.world, project.id, one) for name, one in stated.items()})

    return await run.step("attestations", Attested, sign)


async def _refuse_build(run: Run, repository: Repository, at_commit: PolicyAtCommit, built: Built) -> None:
    async with repository.reading() as reader:
        project, files = await run.project(), await reader.at(at_commit.commit)
        facts = await facts_of(run.world, project, repository, files, at_commit, None, _requested(run))
    if built.dirty:
        facts = replace(facts, uncommitted=built.dirty)
    judged = _judged(judge(facts, build_fault=built.fault), None)
    await _refuse(run, judged.sentence or "", judged.blocked_by)


async def _refuse(run: Run, sentence: str, blocked_by: tuple[BlockedBy, ...]) -> None:
    async with run.transaction() as tx:
        tx.apply(refuse_candidate(tx.project, run.outcome(tx, sentence, ok=False, blocked_by=blocked_by)))


async def _accept(
    run: Run, plan: CandidatePlan, at_commit: PolicyAtCommit, tagged: Tagged, built: Built, attested: Attested
) -> None:
    async with run.transaction() as tx:
        if tx.project.open_high_findings:
            raise StepFailedError(reason="A high severity finding was recorded during the build.", fix="")
        release = Release(
            id=run.operation.id,
            bump=_requested(run).value,
            version=plan.version,
            commit=plan.commit,
            tree=plan.tree,
            tag=plan.tag,
            tag_object=tagged.tag_object,
            artifacts=built.artifacts,
            changes=plan.changes,
            policy=at_commit.policy,
            policy_digest=at_commit.digest,
            created_at=tx.now.wall,
            notes=plan.notes,
            remarks=plan.remarks,
            contents=plan.contents,
            hotfix=tx.project.hotfix,
        )
        all_files = "" if tx.project.production else " (first release: all files)"
        changes = f"{release.changes}{all_files}"
        ready = f"Release candidate {release.tag} is ready: {changes}. Staging is unlocked."
        message = " ".join((ready, *plan.remarks, plan.reason)).rstrip()
        outcome = run.outcome(tx, message, ok=True)
        proofs: dict[str, JsonValue] = {
            "checkpoint": tagged.checkpoint,
            "attestations": attested.envelopes,
            "content": plan.content,
            "notes": plan.notes,
            "changes": plan.changes.model_dump(mode="json"),
            "contents": plan.contents.model_dump(mode="json") if plan.contents else None,
            "tests": tx.project.evidence.model_dump(mode="json") if tx.project.evidence else None,
        }
        tx.apply(accept_candidate(tx.project, release, outcome, **proofs))


def fail(_world: World, tx: Transaction, operation: Operation, failure: Failure) -> None:
    tx.apply(refuse_candidate(tx.project, make_outcome(operation, tx, failure.message, ok=False, fix=failure.fix)))
