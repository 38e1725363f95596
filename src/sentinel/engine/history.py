"""A project's history: signed as checkpoints, and compared with the release tags that carry them.

A history that is older than its release tags prove halts the project. Sentinel compares it with the newest tags before
it asks a person for production and before it uses their answer, and with all tags when the database server is another
one than before: a promoted standby may lack what the old server had stored.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio
from pydantic import JsonValue

from sentinel.core.audit.chain import ChainFault
from sentinel.core.proof.attestations import envelope_of, signed_bytes, statement_bytes
from sentinel.core.proof.checkpoint import (
    TagObject,
    VerifierKey,
    Witness,
    checkpoint_of,
    contradiction,
    read_note,
    write_note,
)
from sentinel.core.release.invariants import MOVING
from sentinel.core.release.model import Project
from sentinel.core.release.rollback import history_agrees, lose_history, lost_history_sentence
from sentinel.core.release.states import State
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.git import Refs
from sentinel.engine.commit_policy import repository_of
from sentinel.engine.runtime.run import make_outcome
from sentinel.engine.runtime.transactions import load_project, transaction
from sentinel.errors import SentinelError
from sentinel.errors.git import RemoteUnreachableError
from sentinel.errors.history import BrokenNoteError, OlderHistoryError
from sentinel.ports.repository import Repository
from sentinel.ports.world import World

TAGS_COMPARED = 3
"""The newest are enough: each checkpoint covers all entries before it."""
FETCH_SECONDS = 10
"""How long a rollback that a person approved waits for the remote's tags: it must not depend on the remote."""


class Sealed(Frozen):
    """The result of a step that signed the chain as it was then."""

    checkpoint: str


async def seal_history(world: World, project_id: str) -> Sealed:
    """A signed checkpoint of the newest entry. Raises HistoryKeyUnusableError."""
    key = await world.history_keys.verifier(project_id)
    checkpoint = checkpoint_of(project_id, await world.store.audit_head(project_id))
    signature = await world.history_keys.sign(project_id, checkpoint.body.encode())
    return Sealed(checkpoint=write_note(checkpoint, key, signature))


async def attest(world: World, project_id: str, statement: JsonValue) -> JsonValue:
    """The statement in its signed envelope. Raises HistoryKeyUnusableError."""
    payload = statement_bytes(statement)
    key = await world.history_keys.verifier(project_id)
    signature = await world.history_keys.sign(project_id, signed_bytes(payload))
    document: JsonValue = envelope_of(payload, key, signature).model_dump(mode="json")
    return document


@dataclass(frozen=True, slots=True)
class TagCheckpoints:
    """The checkpoints that count. `unsigned` are Sentinel's own tags without a valid signature; `fault` names the first
    of them."""

    witnesses: tuple[Witness, ...]
    fault: ChainFault | None = None
    unsigned: tuple[str, ...] = ()

    @property
    def sizes(self) -> frozenset[int]:
        return frozenset(witness.checkpoint.size for witness in self.witnesses)


async def tags_of(world: World, project: Project, refs: Refs | None = None) -> tuple[TagObject, ...]:
    """The annotated tags of the project's mirror, of any origin; `refs` are the mirror's, if they are known."""
    return await (await repository_of(world, project)).tag_objects(refs)


async def read_tag_checkpoints(world: World, project: Project, refs: Refs | None = None) -> TagCheckpoints:
    """The checkpoints in every tag of the mirror.

    Anybody can write a note into a tag of the working copy or of the remote. If the key of this history did not sign
    it, it is ignored there, and is a fault in one of Sentinel's own tags. Tags of a history whose loss a person has
    accepted are ignored.
    """
    tags = [(tag, tag.note) for tag in await tags_of(world, project, refs) if tag.digest not in project.lost_tags]
    noted = [(tag, note) for tag, note in tags if note is not None]
    if not noted:
        return TagCheckpoints(())
    key = await world.history_keys.verifier(project.id)
    witnesses, unsigned = [], []
    for tag, note in noted:
        found = _witness(world, key, tag, note)
        if found is not None:
            witnesses.append(found)
        elif tag.own:
            unsigned.append(tag)
    if not unsigned:
        return TagCheckpoints(tuple(witnesses))
    fault = ChainFault(0, f"the checkpoint in tag {unsigned[0].name} is not signed by the key of this history")
    return TagCheckpoints(tuple(witnesses), fault, tuple(tag.digest for tag in unsigned))


def _witness(world: World, key: VerifierKey, tag: TagObject, note: str) -> Witness | None:
    try:
        read = read_note(note)
    except BrokenNoteError:
        return None
    signature = read.signature_of(key)
    checkpoint = read.checkpoint
    if signature is None or checkpoint.origin != key.name:
        return None
    if not world.history_keys.verify(key.public, checkpoint.body.encode(), signature):
        return None
    return Witness(f"tag {tag.name}", checkpoint, tag.digest)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the stored history is not the newest; `tags` are the digests of all tags that contradict it."""

    problem: str
    tags: tuple[str, ...]


async def doubt(world: World, project: Project, *, ask_remote: bool, refs: Refs | None = None) -> Doubt | None:
    """How the tags of the mirror contradict the history; with `ask_remote`, also those that the remote has.

    Raises what reading the mirror raises, and with `ask_remote` RemoteUnreachableError.
    """
    from_tags = await read_tag_checkpoints(world, project, refs)
    newest = sorted(from_tags.witnesses, key=lambda one: one.checkpoint.size)[-TAGS_COMPARED:]
    problem = from_tags.fault.problem if from_tags.fault else await _contradicted(world, project, newest)
    repository = await repository_of(world, project)
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
    """Sentinel's own tags that the remote has, although no entry of the history says that they were about to be
    pushed."""
    own = [tag for tag in await repository.tag_objects() if tag.own and tag.digest not in project.lost_tags]
    unpushed = [tag for tag in own if not any(_is_of(tag.name, version) for version in project.retired)]
    return tuple([tag for tag in unpushed if await _is_published(repository, tag)])


def _is_of(tag: str, version: str) -> bool:
    """Whether the tag is that version's, with any prefix."""
    prefix = tag.removesuffix(version)
    return tag.endswith(version) and not prefix[-1:].isdigit()


async def _is_published(repository: Repository, tag: TagObject) -> bool:
    """Whether the remote has this very object under that name."""
    return any(tag.has_id(object_id) for object_id in await repository.remote_tag_objects(tag.name))


async def require_newest(world: World, project_id: str, refs: Refs) -> None:
    """Before a person is asked for production, and before their answer is used. Raises OlderHistoryError."""
    found = await doubt(world, await load_project(world, project_id), ask_remote=False, refs=refs)
    if found is not None:
        raise OlderHistoryError(problem=found.problem)


async def require_newest_to_roll_back(world: World, project: Project) -> None:
    """Before a person's approval of a rollback is used, which would go back to what an older history says.

    An unreachable remote does not delay it. If the tags prove a newer history, the project halts; a person can still
    run `sentinel rollback`. Raises OlderHistoryError.
    """
    found = None
    with anyio.move_on_after(FETCH_SECONDS), suppress(SentinelError):
        await (await repository_of(world, project)).head()
        found = await doubt(world, project, ask_remote=True)
    if found is None:
        found = await doubt(world, project, ask_remote=False)
    if found is not None and project.state is not State.HALTED:
        await halt(world, project.id, found.problem)
        raise OlderHistoryError(problem=found.problem)


async def tags_against(world: World, project: Project) -> tuple[str, ...]:
    """The digests of all tags that contradict the history; those of the remote only if it answers."""
    try:
        found = await doubt(world, project, ask_remote=True)
    except RemoteUnreachableError:
        found = await doubt(world, project, ask_remote=False)
    return found.tags if found is not None else ()


async def compare_on_new_server(world: World, project_id: str) -> None:
    """Before anything runs on another database server than before. Called by the holder of the project's lease.

    While production is being changed the remote is not asked: it may not answer, and the mirror has all of Sentinel's
    own tags. Raises what `doubt` raises.
    """
    server, project = await world.store.server(), await load_project(world, project_id)
    if not server or project.server == server:
        return
    report = world.progress.report
    report(project_id, "comparing the history with the release tags: the database server is another one")
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
            tx.apply(history_agrees(tx.project, server))


async def halt(world: World, project_id: str, problem: str, server: str | None = None) -> None:
    """Ends the running operation, with every process that it started, and halts the project."""
    running = (await load_project(world, project_id)).operation
    if running is not None:
        await world.scripts.cancel_under(world.workspace.folder / project_id / running.id)
    async with transaction(world, project_id) as tx:
        ended = tx.project.operation
        outcome = make_outcome(ended, tx, lost_history_sentence(problem), ok=False) if ended is not None else None
        tx.apply(lose_history(tx.project, problem, outcome, server))
