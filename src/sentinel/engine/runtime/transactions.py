"""The engine's transactions: no secret is stored, and every change is stored with the notice that it deserves."""

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
    StoredFinding,
)
from sentinel.core.release.change import Change
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice, notice
from sentinel.core.release.snapshot import Snapshot
from sentinel.core.values.free_text import Mask, without_secrets
from sentinel.core.values.instant import Instant
from sentinel.errors.store import StoreUnavailableError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

Result = TypeVar("Result")


@asynccontextmanager
async def transaction(world: World, project_id: str, *, fence: int | None = None) -> AsyncIterator[Transaction]:
    """A transaction of the store; people are told of what it commits, whoever lives to do that."""
    async with world.store.transaction(project_id, fence=fence) as tx:
        before = tx.project
        masked = _Masked(tx, world.secrets.mask)
        yield masked
        if (told := notice(before, tx.project)) is not None:
            await masked.add_notice(told)


async def create(world: World, project: Project, entry: AuditDraft) -> Snapshot:
    """Stores a new project; where the id is known, returns what is stored and changes nothing."""
    mask = world.secrets.mask
    return await world.store.create(without_secrets(project, mask), without_secrets(entry, mask))


async def with_reserve(world: World, action: Callable[[], Awaitable[Result]]) -> Result:
    """`action`, once more with the space that is kept for rollbacks where the store had none left."""
    try:
        return await action()
    except StoreUnavailableError:
        world.reserve.release()
        return await action()


class _Masked:
    """A transaction that masks every free text before the store has it.

    Results of steps and samples are JSON by then; `Run.step` and the verification mask theirs.
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
