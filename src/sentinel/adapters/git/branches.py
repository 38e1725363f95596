"""The closure's cleanup: merged feature branches, here and on the remote, and never anything else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.location import Location, read_small
from sentinel.adapters.git.names import sentence, shown
from sentinel.adapters.git.objects import is_ancestor
from sentinel.adapters.git.remote import Remote, the_remote
from sentinel.core.values.git import BRANCHES, BranchCleanup
from sentinel.errors.git import RemoteChangedError, RemoteMissingError, RemoteUnreachableError

#: Where git notes the branch that a worktree has checked out, rebases or bisects.
_IN_USE = ("HEAD", "rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START")


@dataclass(frozen=True, slots=True)
class _Choice:
    """What may go, by the tip that was judged, and what stays."""

    merged: Mapping[str, str]
    kept: tuple[tuple[str, str], ...]


async def delete_merged_branches(
    git: Git,
    location: Location,
    patterns: tuple[str, ...],
    release_branch: str,
    merged_into: str,
    *,
    remote: str | None,
    trusted: tuple[str, ...] | None = None,
) -> BranchCleanup:
    """Deletes what `Worktree.delete_merged_branches` promises; a remote that does not answer is a reason to keep."""
    hostile = Git(location.common_dir, git.settings)
    reserved = {release_branch: "it is the release branch", **dict.fromkeys(_in_use(location), "a worktree uses it")}
    tips, symbolic = await _local_branches(hostile, patterns)
    here = await _choose(git, tips, {**dict.fromkeys(symbolic, "it is a symbolic name"), **reserved}, merged_into)
    failed = [(name, reason) for name, tip in here.merged.items() if (reason := await _delete(hostile, name, tip))]
    gone = tuple(_escaped(name) for name in here.merged if name not in dict(failed))
    kept = _shown((*here.kept, *failed))
    if remote is None:
        return BranchCleanup(gone, (), kept)
    try:
        found = await the_remote(git, location, remote, trusted=trusted)
        there = await _clean_remote(git, found, patterns, reserved, merged_into)
    except (RemoteMissingError, RemoteChangedError) as error:
        return BranchCleanup(gone, (), (*kept, (remote, error.what)))
    return BranchCleanup(gone, there.remote_deleted, (*kept, *there.kept))


async def delete_merged_remote_branches(
    git: Git, remote: Remote, patterns: tuple[str, ...], release_branch: str, merged_into: str
) -> BranchCleanup:
    """The same where there is only the remote; one that does not answer is a reason to keep."""
    reserved = {release_branch: "it is the release branch"}
    return await _clean_remote(git, remote, patterns, reserved, merged_into)


async def _clean_remote(
    git: Git, remote: Remote, patterns: tuple[str, ...], reserved: Mapping[str, str], merged_into: str
) -> BranchCleanup:
    """Every address that is pushed to is judged by its own branches."""
    deleted: list[str] = []
    kept: list[tuple[str, str]] = []
    for target in remote.targets:
        try:
            cleaned = await _clean_target(git, target, patterns, reserved, merged_into)
        except RemoteUnreachableError as error:
            kept.append((target.name, error.what))
        else:
            deleted += cleaned.remote_deleted
            kept += cleaned.kept
    return BranchCleanup((), tuple(dict.fromkeys(deleted)), tuple(kept))


async def _clean_target(
    git: Git, remote: Remote, patterns: tuple[str, ...], reserved: Mapping[str, str], merged_into: str
) -> BranchCleanup:
    refs = await remote.refs(git, f"{BRANCHES}*")
    tips = {name: tip for ref, tip in refs.items() if _matches(name := ref.removeprefix(BRANCHES), patterns)}
    there = await _choose(git, tips, reserved, merged_into)
    deleted: list[str] = []
    kept = [(f"{remote.name}/{name}", reason) for name, reason in there.kept]
    for name, tip in there.merged.items():
        ref = BRANCHES + name
        output = await remote.push(git, f":{ref}", f"--force-with-lease={ref}:{tip}")
        if output.status == 0:
            deleted.append(_escaped(name))
        else:
            kept.append((f"{remote.name}/{name}", sentence(output.stderr)))
    return BranchCleanup((), tuple(deleted), _shown(kept))


async def _local_branches(hostile: Git, patterns: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    listing = await hostile("for-each-ref", "--format=%(objectname) %(refname)%00%(symref)", BRANCHES)
    tips: dict[str, str] = {}
    symbolic: list[str] = []
    for row in listing.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        branch, _, target = row.partition("\0")
        tip, _, ref = branch.partition(" ")
        if _matches(name := ref.removeprefix(BRANCHES), patterns):
            tips[name] = tip
            symbolic += [name] if target else []
    return tips, symbolic


async def _choose(git: Git, tips: Mapping[str, str], reserved: Mapping[str, str], merged_into: str) -> _Choice:
    merged: dict[str, str] = {}
    kept: list[tuple[str, str]] = []
    for name, tip in tips.items():
        if name in reserved:
            kept.append((name, reserved[name]))
        elif tip == merged_into or await is_ancestor(git, tip, merged_into):
            merged[name] = tip
        else:
            kept.append((name, "it is not merged into the release; a squash merge cannot be told"))
    return _Choice(merged, tuple(kept))


async def _delete(hostile: Git, name: str, tip: str) -> str | None:
    """Deletes the branch if it still is at `tip`; else says why not."""
    output = await hostile("update-ref", "--no-deref", "-d", BRANCHES + name, tip, accept=(0, 1, 128))
    return sentence(output.stderr) if output.status != 0 else None


def _in_use(location: Location) -> set[str]:
    notes = (
        read_small(folder / file).decode("utf-8", "surrogateescape")
        for folder in location.admin_folders
        for file in _IN_USE
    )
    return {note.strip().removeprefix("ref:").strip().removeprefix(BRANCHES) for note in notes}


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _shown(kept: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((_escaped(name), reason) for name, reason in kept)


def _escaped(name: str) -> str:
    return shown(name.encode("utf-8", "surrogateescape"))
