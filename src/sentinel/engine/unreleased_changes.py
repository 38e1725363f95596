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
from sentinel.core.values.semver import Bump
from sentinel.errors.version import ChangelogElsewhereError, NoFragmentsError, NothingCommittedError
from sentinel.ports.world import Files, Reader, Repository


async def plan_next(
    repository: Repository, reader: Reader, files: Files, policy: Policy, tags: ReleaseTags, requested: Bump
) -> Planned:
    """The next version, from the files of a commit and of older ones. Raises what says why there is none."""
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
    """The changelog of a commit; an absent one reads as empty, which plan_version refuses in its own words."""
    raw = await files.read(file)
    return (raw or b"")[: SIZE_LIMIT + 1].decode(errors="replace")


async def _fragments(files: Files, folder: str) -> dict[str, str]:
    paths = [path for path in await files.paths_in(folder) if is_fragment(path)]
    return {path: (await files.read(path) or b"").decode(errors="replace") for path in paths}
