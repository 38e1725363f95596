"""What a release would lack on this machine: checked before anything is built and before a person is asked."""

import asyncio
from itertools import chain

from sentinel.core.candidate.script_faults import marked_lines, script_faults
from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import BlockedBy
from sentinel.engine.commit_policy import PolicyAtCommit
from sentinel.errors import SentinelError
from sentinel.errors.git import RemoteUnreachableError
from sentinel.ports.repository import Repository
from sentinel.ports.world import World

_TRIED = "0.0.0-sentinel-try"
"""A version that no release has: Sentinel tries a push of its tag, without effect."""


async def unready(world: World, project_id: str, at_commit: PolicyAtCommit) -> tuple[BlockedBy, ...]:
    """Each fault with its gate. Executes nothing of the repository."""
    return (*await world.scripts.faults(project_id, at_commit.policy), *_scripts(world, at_commit))


def _scripts(world: World, at_commit: PolicyAtCommit) -> tuple[BlockedBy, ...]:
    policy = at_commit.policy

    def finds(program: str, production: bool) -> bool:  # noqa: FBT001 - as `script_faults` asks
        return world.scripts.finds(policy, program, production=production)

    return script_faults(policy, at_commit.scripts, finds)


async def key_fault(world: World, repository: Repository, policy: Policy) -> tuple[BlockedBy, ...]:
    """A key that expires before the release can be approved: its tag would be refused at that moment."""
    soak, expires = policy.staging.soak, policy.production.approval.expires
    try:
        await repository.require_key_until(world.clock.now().wall + soak + expires)
    except SentinelError as error:
        return (BlockedBy.by("signing", error),)
    return ()


def still_marked(at_commit: PolicyAtCommit) -> tuple[BlockedBy, ...]:
    """Marks of `sentinel init` for what it could not know, which nobody has filled in or removed."""
    lines = marked_lines(at_commit.contents[POLICY_FILE])
    if not lines:
        return ()
    numbers = ", ".join(map(str, lines))
    what = f"{POLICY_FILE} still says CHANGE THIS on line{'' if len(lines) == 1 else 's'} {numbers}."
    return (BlockedBy(gate="policy", message=what, fix="Fill in the marked values and remove the marks."),)


async def unpushable(repository: Repository, policy: Policy, commit: str) -> tuple[BlockedBy, ...]:
    """Why a release tag could not be pushed: tried at `trust`, and again before a person is asked.

    If the remote answers, also compares the branch with the remote's. Raises what makes the branch unfit.
    """
    faults: tuple[BlockedBy, ...] = ()
    try:
        await repository.try_push(f"{policy.tag.prefix}{_TRIED}", commit)
    except RemoteUnreachableError as error:
        return (BlockedBy.by("remote", error),)
    except SentinelError as error:
        faults = (BlockedBy.by("remote", error),)
    await repository.head()
    return faults


async def missing_addresses(world: World, policy: Policy) -> tuple[BlockedBy, ...]:
    """Addresses that the running services do not have: a wrong path is found before staging waits for it in vain."""
    services = world.services
    found = await asyncio.gather(services.missing_paths(policy.staging), services.missing_paths(policy.production))
    fix = "Correct `health` or `version_path` in sentinel.toml, unless the next release adds that address."
    return tuple(BlockedBy(gate="health", message=f"{address}.", fix=fix) for address in chain(*found))
