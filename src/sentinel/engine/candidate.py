"""What a release of the branch's head would be, and what blocks it: for `prepare_release` and its preview.

Reads only; nothing is changed.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from anyio import to_thread

from sentinel.core.candidate.changelog import SIZE_LIMIT, Key, write_notes
from sentinel.core.candidate.changelog_sources import commit_entries, fragment_entries, is_fragment
from sentinel.core.candidate.checklist import parse_checklist
from sentinel.core.candidate.commit_files import Ignored
from sentinel.core.candidate.gates import Facts, Verdict, judge
from sentinel.core.candidate.named_versions import MANIFESTS
from sentinel.core.candidate.preview import CandidatePlan, Preview, make_preview
from sentinel.core.candidate.version import Planned, plan_entries, plan_version
from sentinel.core.candidate.version_tags import Production, ReleaseTags, read_tags
from sentinel.core.policy.model import Policy
from sentinel.core.policy.pinning import distrust
from sentinel.core.release.contents import contents_of
from sentinel.core.release.holding import UNHOLD, held_sentence
from sentinel.core.release.hotfix import is_review
from sentinel.core.release.model import BlockedBy, Project
from sentinel.core.tools.catalog import Tool, access
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.values.semver import Bump, Version
from sentinel.core.values.times import Instant
from sentinel.engine.commit_policy import PolicyAtCommit, policy_in, repository_of
from sentinel.engine.readiness import key_fault, unready
from sentinel.errors import SentinelError
from sentinel.errors.git import FileTooLargeError, IsAFolderError, NotAFileError
from sentinel.errors.version import (
    ChangelogElsewhereError,
    HeadingVersionError,
    NoFragmentsError,
    NothingCommittedError,
    VersionTooSmallError,
)
from sentinel.ports.repository import Files, Reader, Repository
from sentinel.ports.world import World


@dataclass(frozen=True, slots=True)
class Examined:
    """The verdict of every gate except the build's, and the plan if there is a version.

    `requested` is the type that the verdicts are for. `leftover` are tags of candidates that were never accepted,
    `manifests` are files that name a version themselves.
    """

    requested: Bump
    at_commit: PolicyAtCommit
    verdicts: tuple[Verdict, ...]
    plan: CandidatePlan | None
    leftover: tuple[str, ...]
    manifests: dict[str, str]


async def examine(
    world: World, project: Project, repository: Repository, commit: str, requested: Bump | None
) -> Examined:
    """A release of `commit`, of the requested type, or of the smallest type that the changelog allows."""
    async with repository.reading() as reader:
        files = await reader.at(commit)
        at_commit = await policy_in(world, files)
        policy, chosen, tags = at_commit.policy, requested or Bump.PATCH, None
        plan, fault = None, None
        try:
            tags = await _release_tags(repository, commit, policy, project)
            chosen = requested or await _smallest(repository, reader, files, policy, tags)
            decided = await plan_next(repository, reader, files, policy, tags, chosen)
        except SentinelError as error:
            fault = BlockedBy.by("changelog", error)
        else:
            plan = await _plan(world, project, repository, files, at_commit, decided)
        facts = await facts_of(world, project, repository, files, at_commit, fault, chosen)
        manifests = await manifests_of(files)
    return Examined(chosen, at_commit, judge(facts), plan, tags.leftover if tags else (), manifests)


async def manifests_of(files: Files) -> dict[str, str]:
    """The files that may name another version than the release."""
    manifests = {}
    for file in MANIFESTS:
        with suppress(NotAFileError, IsAFolderError, FileTooLargeError):
            manifests[file] = (await files.read(file) or b"").decode(errors="replace")
    return manifests


async def facts_of(
    world: World,
    project: Project,
    repository: Repository,
    files: Files,
    at_commit: PolicyAtCommit,
    fault: BlockedBy | None,
    requested: Bump,
) -> Facts:
    """What the gates judge."""
    policy = at_commit.policy
    tasks = await files.read(policy.sprint.file)
    # In a thread, as is the changelog: a hostile file of the largest size takes seconds.
    distrusted = distrust(project.pin, at_commit.files)
    checklist = await to_thread.run_sync(parse_checklist, (tasks or b"").decode(errors="replace"))
    return Facts(
        policy=policy,
        now=world.clock.now(),
        tree=files.tree,
        content=await files.content_digest(Ignored.of(policy)),
        open_tasks=checklist.open,
        tasks=checklist.total,
        unclear_tasks=checklist.unclear,
        no_sprint_file="" if tasks is not None else await _no_sprint_file(files, policy.sprint.file),
        uncommitted=await repository.uncommitted(files.commit),
        high_findings=project.open_high_findings,
        evidence=project.evidence,
        distrust=distrusted,
        changelog_fault=fault,
        unready=() if distrusted else await _unready(world, project, repository, at_commit),
        requested=requested,
        hotfix=project.hotfix,
        unreviewed=await _unreviewed(world, project) if requested is not Bump.PATCH else (),
    )


async def _unready(
    world: World, project: Project, repository: Repository, at_commit: PolicyAtCommit
) -> tuple[BlockedBy, ...]:
    return (
        *await unready(world, project.id, at_commit),
        *await key_fault(world, repository, at_commit.policy),
    )


async def _no_sprint_file(files: Files, file: str) -> str:
    """Names a file that differs only in case, so that nobody writes a second one beside it."""
    said = f"There is no {file} at the candidate commit"
    other = await files.other_case(file)
    return f"{said}; there is {other}, which `[sprint] file` can name." if other else f"{said}."


async def _unreviewed(world: World, project: Project) -> tuple[int, ...]:
    """The open findings that demand the review of a hotfix."""
    found = await world.store.findings(project.id, session=None, open_only=True)
    return tuple(one.number for one in found if is_review(one))


async def _plan(
    world: World, project: Project, repository: Repository, files: Files, at_commit: PolicyAtCommit, decided: Planned
) -> CandidatePlan:
    """The next version with its tag and changes."""
    # What a person approves is counted from what production runs; a tag that anybody can make says nothing of that.
    base = project.production.commit if project.production else None
    compared, commits = await repository.compare(base, files.commit), await repository.log(base, files.commit)
    mask = world.secrets.mask
    return CandidatePlan(
        commit=files.commit,
        tree=files.tree,
        content=await files.content_digest(Ignored.of(at_commit.policy)),
        version=str(decided.version),
        tag=f"{at_commit.policy.tag.prefix}{decided.version}",
        changes=compared.total,
        reason=decided.reason,
        notes=write_notes(decided.entries),
        contents=contents_of(base, commits, compared, pinned=at_commit.contents, mask=mask),
    )


async def _smallest(repository: Repository, reader: Reader, files: Files, policy: Policy, tags: ReleaseTags) -> Bump:
    """The smallest type that the changelog allows, or the smallest of all if it allows none."""
    for bump in (Bump.PATCH, Bump.MINOR, Bump.MAJOR):
        try:
            await plan_next(repository, reader, files, policy, tags, bump)
        except (VersionTooSmallError, HeadingVersionError):
            continue
        return bump
    return Bump.PATCH


async def _release_tags(repository: Repository, commit: str, policy: Policy, project: Project) -> ReleaseTags:
    """The release tags, read as versions."""
    production = Production(
        retired=frozenset(map(Version.parse, project.retired)),
        archived=frozenset(Version.parse(deployed.version) for deployed in project.lineage),
        running=Version.parse(project.production.version) if project.production else None,
    )
    return read_tags(await repository.tag_names(commit), policy.tag.prefix, production)


async def plan_next(
    repository: Repository, reader: Reader, files: Files, policy: Policy, tags: ReleaseTags, requested: Bump
) -> Planned:
    """The next version, by the policy's source of changes. Raises the error that says why there is none."""
    match policy.changelog.source:
        case "file":
            return await _from_file(reader, files, policy, tags, requested)
        case "conventional-commits":
            return await _from_commits(repository, files.commit, policy, tags, requested)
        case "fragments":
            return await _from_fragments(reader, files, policy, tags, requested)


async def _from_file(reader: Reader, files: Files, policy: Policy, tags: ReleaseTags, requested: Bump) -> Planned:
    newest = tags.newest_tag
    file = policy.changelog.file
    changelog = await _changelog(files, file)
    if not changelog.strip() and (other := await files.other_case(file)) is not None:
        raise ChangelogElsewhereError(file=file, other=other)
    # In a thread: a hostile file of the largest size takes seconds.
    return await to_thread.run_sync(
        partial(
            plan_version,
            requested=requested,
            changelog=changelog,
            newest=tags.published.newest,
            changelog_at_newest=await _changelog(await reader.at(newest), file) if newest else None,
            retired=tags.published.retired,
            beside=tags.published,
            words=policy.changelog.words(),
            file=file,
        )
    )


async def _from_commits(
    repository: Repository, commit: str, policy: Policy, tags: ReleaseTags, requested: Bump
) -> Planned:
    commits = await repository.commits(tags.newest_tag, commit)
    planned = await to_thread.run_sync(
        partial(
            plan_entries,
            requested=requested,
            entries=commit_entries(commits),
            past=Counter[Key](),
            published=tags.published,
            words=policy.changelog.words(),
        )
    )
    if planned is None:
        raise NothingCommittedError(base=tags.newest_tag or "the beginning", count=len(commits))
    return planned


async def _from_fragments(reader: Reader, files: Files, policy: Policy, tags: ReleaseTags, requested: Bump) -> Planned:
    folder = policy.changelog.folder
    now = fragment_entries(await _fragments(files, folder))
    newest = tags.newest_tag
    past = fragment_entries(await _fragments(await reader.at(newest), folder)) if newest else ()
    planned = plan_entries(
        requested=requested,
        entries=now,
        past=Counter(entry.key for entry in past),
        published=tags.published,
        words=policy.changelog.words(),
    )
    if planned is None:
        raise NoFragmentsError(folder=folder)
    return planned


async def _changelog(files: Files, file: str) -> str:
    """The changelog of a commit. A missing one reads as empty, which `plan_version` refuses."""
    raw = await files.read(file)
    return (raw or b"")[: SIZE_LIMIT + 1].decode(errors="replace")


async def _fragments(files: Files, folder: str) -> dict[str, str]:
    paths = [path for path in await files.paths_in(folder) if is_fragment(path)]
    return {path: (await files.read(path) or b"").decode(errors="replace") for path in paths}


async def preview_release(world: World, project: Project, type: str | None) -> Preview:
    """`preview_release` and `sentinel plan`: what `prepare_release` would do with the branch's head, by the same code.

    Raises what prevents Sentinel from reading the repository.
    """
    repository = await repository_of(world, project)
    commit = await repository.head()
    examined = await examine(world, project, repository, commit, Bump(type) if type is not None else None)
    now = world.clock.now()
    return make_preview(
        type=examined.requested.value,
        commit=commit,
        policy=examined.at_commit.policy,
        verdicts=examined.verdicts,
        plan=examined.plan,
        hotfix=project.hotfix,
        locked=_locked(project, now),
        now=now.wall,
    )


def _locked(project: Project, now: Instant) -> str:
    """Why `prepare_release` may not be called now and what comes first; a hold is told in every state."""
    lock = access(project, now, Tool.PREPARE_RELEASE).lock
    held = f"{held_sentence(project.hold)} {UNHOLD}" if project.hold is not None else ""
    if lock is None or lock.reason == held:
        return held
    return " ".join(dict.fromkeys(filter(None, (lock.reason, next_steps(project, now)[0], held))))
