"""What is not released yet, from where the policy says that it is written, and the version that it gives."""

from collections import Counter
from functools import partial

from anyio import to_thread

from sentinel.core.candidate.changelog import SIZE_LIMIT, Key
from sentinel.core.candidate.conventional_commits import commit_entries
from sentinel.core.candidate.fragments import fragment_entries, is_fragment
from sentinel.core.candidate.version import Planned, plan_entries, plan_version
from sentinel.core.candidate.version_tags import ReleaseTags
from sentinel.core.policy.model import Policy
from sentinel.core.values.bump import Bump
from sentinel.errors.version import ChangelogElsewhereError, NoFragmentsError, NothingCommittedError
from sentinel.ports.world import Repository


async def plan_next(repository: Repository, policy: Policy, commit: str, tags: ReleaseTags, requested: Bump) -> Planned:
    """The next version. Raises what says why there is none."""
    match policy.changelog.source:
        case "file":
            return await _from_file(repository, policy, commit, tags, requested)
        case "conventional-commits":
            return await _from_commits(repository, policy, commit, tags, requested)
        case "fragments":
            return await _from_fragments(repository, policy, commit, tags, requested)


async def _from_file(
    repository: Repository, policy: Policy, commit: str, tags: ReleaseTags, requested: Bump
) -> Planned:
    newest = tags.newest_tag
    file = policy.changelog.file
    changelog = await _changelog(repository, commit, file)
    if not changelog.strip() and (other := await repository.other_letters(commit, file)) is not None:
        raise ChangelogElsewhereError(file=file, other=other)
    # In a thread: a hostile file of the largest size takes seconds.
    return await to_thread.run_sync(
        partial(
            plan_version,
            requested=requested,
            changelog=changelog,
            newest=tags.published.newest,
            changelog_at_newest=await _changelog(repository, newest, file) if newest else None,
            retired=tags.published.retired,
            beside=tags.published,
            words=policy.changelog.words(),
            file=file,
        )
    )


async def _from_commits(
    repository: Repository, policy: Policy, commit: str, tags: ReleaseTags, requested: Bump
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


async def _from_fragments(
    repository: Repository, policy: Policy, commit: str, tags: ReleaseTags, requested: Bump
) -> Planned:
    folder = policy.changelog.folder
    now = fragment_entries(await _fragments(repository, commit, folder))
    past = fragment_entries(await _fragments(repository, tags.newest_tag, folder)) if tags.newest_tag else ()
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


async def _changelog(repository: Repository, revision: str, file: str) -> str:
    """The changelog at a commit or tag; an absent one reads as empty, which plan_version refuses in its own words."""
    raw = await repository.read(revision, file)
    return (raw or b"")[: SIZE_LIMIT + 1].decode(errors="replace")


async def _fragments(repository: Repository, revision: str, folder: str) -> dict[str, str]:
    paths = [path for path in await repository.files_in(revision, folder) if is_fragment(path)]
    return {path: (await repository.read(revision, path) or b"").decode(errors="replace") for path in paths}
