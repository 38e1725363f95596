"""Signing the history: checkpoints of its chain, and what is attested of a release."""

from pydantic import JsonValue

from sentinel.core.proof.attestations import envelope_of, signed_bytes, statement_bytes
from sentinel.core.proof.checkpoint import checkpoint_of, write_note
from sentinel.core.values.frozen import Frozen
from sentinel.ports.world import World


class Sealed(Frozen):
    """The result of a step that signed the chain as it stood."""

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
