"""Words from the world without secrets: errors quote services, git and scripts, and agents and people anything."""

from sentinel.core.release.model import BlockedBy
from sentinel.core.tools.requests import AbandonRelease, EmergencyRollback, Request, StartSprint
from sentinel.core.verification.sequential_test import Sample
from sentinel.errors import SentinelError
from sentinel.ports.world import World


def told(world: World, error: SentinelError, *, between: str = " ") -> str:
    """What is wrong and what to do, without secrets."""
    return world.secrets.mask(f"{error.what}{between}{error.fix}".strip())


def blocked_by(world: World, gate: str, error: SentinelError) -> BlockedBy:
    return BlockedBy(gate=gate, message=world.secrets.mask(error.what), fix=world.secrets.mask(error.fix))


def without_secrets_in(world: World, fault: BlockedBy) -> BlockedBy:
    mask = world.secrets.mask
    return BlockedBy(gate=fault.gate, message=mask(fault.message), fix=mask(fault.fix))


def seen(world: World, batch: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """Looks at production, whose reasons may quote what it answered."""
    return tuple(sample.model_copy(update={"reason": world.secrets.mask(sample.reason)}) for sample in batch)


def without_secrets(world: World, request: Request) -> Request:
    """An agent's request whose free text is masked; what it names or chooses stays as it is."""
    match request:
        case StartSprint(name=name):
            return StartSprint(name=world.secrets.mask(name))
        case EmergencyRollback(reason=reason):
            return EmergencyRollback(reason=world.secrets.mask(reason))
        case AbandonRelease(reason=reason):
            return AbandonRelease(reason=world.secrets.mask(reason))
        case _:
            return request
