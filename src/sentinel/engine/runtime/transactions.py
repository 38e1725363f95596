"""What the engine reads and writes: no secret is stored, and a change is stored with its notice and its findings."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditDraft
from sentinel.core.audit.findings import (
    Finding,
    Imported,
    Resolution,
    ScanReport,
    Severity,
    StoredFinding,
    own_finding,
)
from sentinel.core.release.change import Change, Snapshot
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice, notice
from sentinel.core.values.free_text import Mask, without_secrets
from sentinel.core.values.times import Instant
from sentinel.errors.store import StoreUnavailableError, UnknownProjectError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

Result = TypeVar("Result")


@asynccontextmanager
async def transaction(world: World, project_id: str, *, fence: int | None = None) -> AsyncIterator[Transaction]:
    """A transaction of the store. The notice of its change is stored with it, so a crash does not lose it."""
    async with world.store.transaction(project_id, fence=fence) as tx:
        before = tx.project
        masked = _Masked(tx, world.secrets.mask)
        yield masked
        if (told := notice(before, tx.project)) is not None:
            await masked.add_notice(told)


async def create(world: World, project: Project, entry: AuditDraft) -> Snapshot:
    """Stores a new project. If the id is known, returns what is stored and changes nothing."""
    mask = world.secrets.mask
    return await world.store.create(without_secrets(project, mask), without_secrets(entry, mask))


async def load_project(world: World, project_id: str) -> Project:
    """Raises UnknownProjectError."""
    snapshot = await world.store.load(project_id)
    if snapshot is None:
        raise UnknownProjectError(project=project_id)
    return snapshot.project


async def record_finding(
    tx: Transaction, severity: Severity, rule: str, message: str, *, session: str | None = None
) -> None:
    """A finding of Sentinel's own, stored with `tx`; in the open session unless one is named."""
    counted_in = tx.project.session if session is None else session
    found = own_finding(session=counted_in, severity=severity, rule=rule, message=message, at=tx.now.wall)
    await tx.add_findings([found])


async def with_reserve(world: World, action: Callable[[], Awaitable[Result]]) -> Result:
    """`action`; if the store is full, once more with the disk space that is reserved for rollbacks."""
    try:
        return await action()
    except StoreUnavailableError:
        world.reserve.release()
        return await action()


class _Masked:
    """A transaction that masks every free text before it is stored.

    Results of steps and samples come as JSON; `Run.step` and the verification have masked them.
    """

    def __init__(self, tx: Transaction, mask: Mask) -> None:
        self._tx = tx
        self._mask = mask
        self.record_step = tx.record_step
        self.add_samples = tx.add_samples
        self.remove_token = tx.remove_token

    @property
    def project(self) -> Project:
        return self._tx.project

    @property
    def now(self) -> Instant:
        return self._tx.now

    def apply(self, change: Change) -> None:
        self._tx.apply(without_secrets(change, self._mask))

    async def add_findings(self, findings: Sequence[Finding]) -> int:
        return await self._tx.add_findings(without_secrets(tuple(findings), self._mask))

    async def import_scan(self, report: ScanReport) -> Imported:
        return await self._tx.import_scan(without_secrets(report, self._mask))

    async def resolve_finding(self, number: int, resolution: Resolution) -> StoredFinding | None:
        return await self._tx.resolve_finding(number, without_secrets(resolution, self._mask))

    async def add_notice(self, notice: Notice) -> None:
        await self._tx.add_notice(without_secrets(notice, self._mask))

    async def add_token(self, token: Token, digest: str) -> None:
        await self._tx.add_token(without_secrets(token, self._mask), digest)
