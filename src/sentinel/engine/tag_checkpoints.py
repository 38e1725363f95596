"""What release tags say of the history: the checkpoints in their messages, where the project's own key signed them."""

from dataclasses import dataclass

from sentinel.core.audit.chain import ChainFault
from sentinel.core.candidate.refs import Refs
from sentinel.core.proof.checkpoint import VerifierKey, Witness, read_note
from sentinel.core.proof.tag_object import TagObject
from sentinel.core.release.model import Project
from sentinel.engine.commit_policy import routing_policy
from sentinel.errors.history import BrokenNoteError
from sentinel.ports.world import World


@dataclass(frozen=True, slots=True)
class TagCheckpoints:
    """The checkpoints that count; `fault` is what is wrong with the first of our own tags that are `unsigned`."""

    witnesses: tuple[Witness, ...]
    fault: ChainFault | None = None
    unsigned: tuple[str, ...] = ()

    @property
    def sizes(self) -> frozenset[int]:
        return frozenset(witness.checkpoint.size for witness in self.witnesses)


async def tags_of(world: World, project: Project, refs: Refs | None = None) -> tuple[TagObject, ...]:
    """The annotated tags of the project's mirror, of whatever origin; `refs` are the mirror's, where they are known."""
    return await world.repository(project, await routing_policy(world, project)).tag_objects(refs)


async def read_tag_checkpoints(world: World, project: Project, refs: Refs | None = None) -> TagCheckpoints:
    """What every tag of the mirror says.

    Anybody can put a note into a tag of the working copy or of the remote: there one that this key did not sign is
    nobody's. In a tag of Sentinel's own it is a fault. Tags whose history is lost, as a person has accepted, say
    nothing.
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
