"""The policy at a commit, with the files that trust pins; and the policy that says where a project's git is."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.core.candidate.script_faults import ScriptFile, script_paths
from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.policy.pinning import (
    PinnedFile,
    Script,
    matching,
    pin_digest,
    pinned_files,
    pinned_paths,
    rollback_paths,
)
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.errors import SentinelError
from sentinel.errors.command import LinkedPathError, TooManyPinnedError, UntrustedScriptsError
from sentinel.errors.git import FileTooLargeError, IsAFolderError, NotAFileError
from sentinel.errors.policy import CalendarError
from sentinel.errors.release import UnknownPolicyError
from sentinel.ports.repository import Files, Repository
from sentinel.ports.world import World

ALSO_LIMIT = 500
"""Files that `[trust] also` may match: a person must read them all."""


@dataclass(frozen=True, slots=True)
class PolicyAtCommit:
    """The policy, the bytes that trust covers, and the `scripts` that its commands start."""

    commit: str
    policy: Policy
    contents: dict[str, bytes]
    files: tuple[PinnedFile, ...]
    digest: str
    scripts: dict[str, ScriptFile]


@dataclass(frozen=True, slots=True)
class Pinned:
    """The pinned files of `policy` as they are at `commit`, which are executed.

    `digest` is what was trusted, if that is known: of a release of an older version of Sentinel it is not. Those
    `of_rollback` are only the files of the rollback command; they replace what the older release has there.
    """

    repository: Repository
    policy: Policy
    commit: str
    digest: str | None = None
    of_rollback: bool = False

    async def scripts(self) -> tuple[Script, ...]:
        """Raises UntrustedScriptsError if they differ from what was trusted."""
        unfit = (IsAFolderError,) if self.digest is not None else (IsAFolderError, NotAFileError, FileTooLargeError)
        async with self.repository.reading() as reader:
            files = await reader.at(self.commit)
            paths = rollback_paths(self.policy) if self.of_rollback else await _paths(files, self.policy)
            contents = await _contents(files, paths, unfit)
            executable = [await files.is_executable(path) for path in contents]
        if self.digest is not None and pin_digest(pinned_files(contents)) != self.digest:
            raise UntrustedScriptsError(commit=self.commit[:12])
        return tuple(map(Script, contents, contents.values(), executable))


async def policy_at(world: World, repository: Repository, commit: str) -> PolicyAtCommit:
    """The policy as it is at `commit`."""
    async with repository.reading() as reader:
        return await policy_in(world, await reader.at(commit))


async def policy_in(world: World, files: Files) -> PolicyAtCommit:
    """The policy of a commit, with every file that its commands name.

    Raises UnknownPolicyError if there is none, LinkedPathError, TooManyPinnedError, CalendarError, and what
    `read_policy` raises.
    """
    raw = await files.read(POLICY_FILE)
    if raw is None:
        raise UnknownPolicyError(commit=files.commit[:12])
    policy = read_policy(raw)
    paths = await _paths(files, policy)
    for path in paths:
        if (link := await files.linked_folder(path)) is not None:
            raise LinkedPathError(path=printable(path), link=printable(link))
    contents = {POLICY_FILE: raw, **await _contents(files, paths)}
    pinned = pinned_files(contents)
    policy = await _with_calendar(world, policy, contents)
    return PolicyAtCommit(
        commit=files.commit,
        policy=policy,
        contents=contents,
        files=pinned,
        digest=pin_digest(pinned),
        scripts=await _scripts(files, policy),
    )


async def _with_calendar(world: World, policy: Policy, contents: Mapping[str, bytes]) -> Policy:
    """With the times in which its calendar closes production, from now on. Raises CalendarError."""
    windows = policy.production.windows
    if windows is None or windows.calendar is None:
        return policy
    if (file := contents.get(windows.calendar)) is None:
        raise CalendarError(file=windows.calendar, problem="The file does not exist at this commit")
    return policy.with_spans(await world.calendars.spans(windows, file, world.clock.now().wall))


async def _scripts(files: Files, policy: Policy) -> dict[str, ScriptFile]:
    found: dict[str, ScriptFile] = {}
    for path in script_paths(policy):
        with suppress(SentinelError):  # a link or a folder is said to be one where the pinned files are read
            content = await files.read(path)
            if content is not None:
                found[path] = ScriptFile(content, executable=await files.is_executable(path))
    return found


async def _paths(files: Files, policy: Policy) -> tuple[str, ...]:
    """The paths that trust covers at that commit. Raises TooManyPinnedError."""
    if not policy.trust.also:
        return pinned_paths(policy)
    also = matching(await files.paths(), policy.trust.also)
    if len(also) > ALSO_LIMIT:
        raise TooManyPinnedError(found=len(also), limit=ALSO_LIMIT)
    return tuple(dict.fromkeys((*pinned_paths(policy), *also)))


async def _contents(
    files: Files,
    paths: Sequence[str],
    unfit: tuple[type[Exception], ...] = (IsAFolderError,),  # `make deploy` beside a folder of that name
) -> dict[str, bytes]:
    """The content of every file that exists there, by its path, without those that are `unfit`."""
    contents: dict[str, bytes] = {}
    for path in paths:
        with suppress(*unfit):
            content = await files.read(path)
            if content is not None:
                contents[path] = content
    return contents


async def repository_of(world: World, project: Project) -> Repository:
    """The project's git, as the trusted policy says; without one, as the working copy or the remote says now."""
    return world.repository(project, await git_policy(world, project))


async def git_policy(world: World, project: Project) -> Policy:
    """The trusted policy, or what the working copy or the remote says now."""
    return project.pin.policy if project.pin else await untrusted_policy(world, project)


async def untrusted_policy(world: World, project: Project) -> Policy:
    """What the working copy says now, or in separated mode the remote."""
    if project.origin is not None:
        return await world.policies.at(project.origin)
    return world.working_policy(Path(project.root))
