"""The stored history held against the release tags: what is older than these prove halts its project.

It is held against the newest tags before a person is asked for production and before their answer is used, and as a
whole where the database server is another one than before: one that was promoted may lack what the old one had stored.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio

from sentinel.core.candidate.refs import Refs
from sentinel.core.proof.checkpoint import Witness, contradiction
from sentinel.core.proof.tag_object import TagObject
from sentinel.core.release.invariants import MOVING
from sentinel.core.release.lost_history import goes_on, lose, sentence
from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.engine.commit_policy import routing_policy
from sentinel.engine.runtime.run import make_outcome
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.tag_checkpoints import read_tag_checkpoints
from sentinel.errors import SentinelError
from sentinel.errors.git import RemoteUnreachableError
from sentinel.errors.history import OlderHistoryError
from sentinel.errors.store import UnknownProjectError
from sentinel.ports.repository import Repository
from sentinel.ports.world import World

TAGS_COMPARED = 3
"""The newest are enough to find out: each checkpoint covers all entries before it."""
FETCH_SECONDS = 10
"""How long a rollback that a person approves waits for the remote's tags: it does not depend on the remote."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the history is not believed; `tags` are the digests of all tags that speak against it."""

    problem: str
    tags: tuple[str, ...]


async def doubt(world: World, project: Project, *, ask_remote: bool, refs: Refs | None = None) -> Doubt | None:
    """What the tags of the mirror, and those of them that the remote has, say against the history.

    Raises what says that the mirror cannot be read, and with `ask_remote` RemoteUnreachableError.
    """
    from_tags = await read_tag_checkpoints(world, project, refs)
    newest = sorted(from_tags.witnesses, key=lambda one: one.checkpoint.size)[-TAGS_COMPARED:]
    problem = from_tags.fault.problem if from_tags.fault else await _contradicted(world, project, newest)
    repository = world.repository(project, await routing_policy(world, project))
    unknown = await _unknown(project, repository) if ask_remote else ()
    if problem is None and unknown:
        problem = f"the remote has the tag {unknown[0].name}, and no entry says that it was pushed"
    if problem is None:
        return None
    against = [one.digest for one in from_tags.witnesses if await _contradicted(world, project, [one]) is not None]
    return Doubt(problem, tuple(dict.fromkeys((*from_tags.unsigned, *against, *(tag.digest for tag in unknown)))))


async def _contradicted(world: World, project: Project, witnesses: Sequence[Witness]) -> str | None:
    head = await world.store.audit_head(project.id)
    digests: dict[int, str] = {}
    for witness in witnesses:
        found = await world.store.audit_entries(project.id, after=witness.checkpoint.size - 1, limit=1)
        digests.update({entry.sequence: entry.digest for entry in found})
    fault = contradiction(witnesses, digests, head.sequence)
    return fault.problem if fault is not None else None


async def _unknown(project: Project, repository: Repository) -> tuple[TagObject, ...]:
    """Tags of ours that the remote has, though the history says of none that it was about to be pushed."""
    ours = [tag for tag in await repository.tag_objects() if tag.own and tag.digest not in project.lost_tags]
    unpushed = [tag for tag in ours if not any(_is_of(tag.name, version) for version in project.retired)]
    return tuple([tag for tag in unpushed if await is_published(repository, tag)])


def _is_of(tag: str, version: str) -> bool:
    """Whether the tag is that version's, by whatever prefix."""
    prefix = tag.removesuffix(version)
    return tag.endswith(version) and not prefix[-1:].isdigit()


async def is_published(repository: Repository, tag: TagObject) -> bool:
    """Whether the remote has this very object under that name."""
    return any(tag.has_id(object_id) for object_id in await repository.remote_tag_objects(tag.name))


async def require_newest(world: World, project: Project, refs: Refs) -> None:
    """Before a person is asked for production, and before a yes is used. Raises OlderHistoryError."""
    found = await doubt(world, project, ask_remote=False, refs=refs)
    if found is not None:
        raise OlderHistoryError(problem=found.problem)


async def require_newest_to_roll_back(world: World, project: Project) -> None:
    """Before a person's approval of a rollback is used: it would go back to what an older history says.

    An unreachable remote is no reason to wait. Where the tags prove a newer history the project halts, and a person's
    own `sentinel rollback` is left. Raises OlderHistoryError.
    """
    found = None
    with anyio.move_on_after(FETCH_SECONDS), suppress(SentinelError):
        await world.repository(project, await routing_policy(world, project)).head()
        found = await doubt(world, project, ask_remote=True)
    if found is None:
        found = await doubt(world, project, ask_remote=False)
    if found is not None and project.state is not State.HALTED:
        await halt(world, project.id, found.problem)
        raise OlderHistoryError(problem=found.problem)


async def tags_against(world: World, project: Project) -> tuple[str, ...]:
    """The digests of all tags that speak against the history, as far as the remote answers."""
    try:
        found = await doubt(world, project, ask_remote=True)
    except RemoteUnreachableError:
        found = await doubt(world, project, ask_remote=False)
    return found.tags if found is not None else ()


async def hold_on_this_server(world: World, project_id: str) -> None:
    """Where the database server is another one than before, nothing runs before the history is held against the tags.

    By whoever has the project's lease. While production is being changed the remote is not asked: it may not answer,
    and the mirror has all tags of Sentinel's own. Raises what `doubt` raises.
    """
    server, project = await world.store.server(), await _project(world, project_id)
    if not server or project.server == server:
        return
    report = world.progress.report
    report(project_id, "holding the history against the release tags: the database server is another one")
    try:
        asked = project.state not in MOVING
        found = await doubt(world, project, ask_remote=asked) if project.pin is not None else None
    finally:
        report(project_id, "")
    if found is not None:
        await halt(world, project_id, found.problem, server)
        return
    async with transaction(world, project_id) as tx:
        if tx.project.server != server:
            tx.apply(goes_on(tx.project, server))


async def halt(world: World, project_id: str, problem: str, server: str | None = None) -> None:
    """What runs is ended first, with all that it started."""
    running = (await _project(world, project_id)).operation
    if running is not None:
        await world.scripts.cancel_under(world.workspace.folder / project_id / running.id)
    async with transaction(world, project_id) as tx:
        ended = tx.project.operation
        outcome = make_outcome(ended, tx, sentence(problem), ok=False) if ended is not None else None
        tx.apply(lose(tx.project, problem, outcome, server))


async def _project(world: World, project_id: str) -> Project:
    snapshot = await world.store.load(project_id)
    if snapshot is None:
        raise UnknownProjectError(project=project_id)
    return snapshot.project
