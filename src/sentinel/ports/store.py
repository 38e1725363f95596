"""What the engine needs of the world, as interfaces; the adapters fit them and `wiring.py` joins the two."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from pydantic import JsonValue

from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditDraft, AuditEntry, AuditHead, Stored
from sentinel.core.audit.findings import (
    Finding,
    Imported,
    Resolution,
    ScanReport,
    StoredFinding,
)
from sentinel.core.release.change import Change, Snapshot
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice, StoredNotice
from sentinel.core.values.times import Instant


class Clock(Protocol):
    """Where time comes from; never called by the core."""

    def now(self) -> Instant: ...


class Transaction(Protocol):
    """One atomic change of one project, under its lock. Nothing of it is visible before it is committed."""

    @property
    def project(self) -> Project:
        """The project as this transaction has changed it so far."""
        ...

    @property
    def now(self) -> Instant:
        """The time of the transaction, from the store's clock."""
        ...

    def apply(self, change: Change) -> None:
        """Makes `change` part of the transaction; its entries are sealed into the chain at commit."""
        ...

    async def record_step(self, operation_id: str, step: str, result: JsonValue) -> None:
        """Journals a finished step. Raises StepTwiceError, a FencedError, where another runner did before."""
        ...

    async def add_findings(self, findings: Sequence[Finding]) -> int:
        """Stores those whose fingerprint the session does not know; returns how many, and keeps
        `open_high_findings` of the project in step."""
        ...

    async def import_scan(self, report: ScanReport) -> Imported:
        """Stores, raises, opens again and closes findings as a newer scan has them; keeps `open_high_findings` in
        step."""
        ...

    async def resolve_finding(self, number: int, resolution: Resolution) -> StoredFinding | None:
        """Resolves an open finding; None where there is no such open one."""
        ...

    async def add_samples(self, operation_id: str, samples: Sequence[Mapping[str, JsonValue]]) -> None:
        """Appends verification samples of an operation, in order."""
        ...

    async def add_notice(self, notice: Notice) -> None:
        """Stores what people are to be told, until `forget_notices`."""
        ...

    async def add_token(self, token: Token, digest: str) -> None:
        """Stores a token by the digest of its secret."""
        ...

    async def remove_token(self, id: str) -> Token | None:
        """The removed token; None where the project has no such one."""
        ...


class Store(Protocol):
    """The persisted state machine: documents with their audit chain, journal, findings and samples."""

    @property
    def description(self) -> str:
        """Where the state is kept, without a password."""
        ...

    async def server(self) -> str | None:
        """Which database server this is, so that another one is noticed, as after a failover; empty for a file.

        None where the server does not say it. Raises StoreUnavailableError.
        """
        ...

    async def on_other_servers(self, server: str) -> tuple[str, ...]:
        """The ids of projects whose history was not held against the release tags on `server`."""
        ...

    async def create(self, project: Project, entry: AuditDraft) -> Snapshot:
        """Stores a new project; where the id is known, returns what is stored and changes nothing."""
        ...

    async def load(self, project_id: str) -> Snapshot | None: ...

    async def projects(self, *, after: str, limit: int) -> tuple[Project, ...]:
        """The first `limit` ones by their ids, after that one."""
        ...

    async def projects_with_files(self) -> tuple[Project, ...]:
        """Those that have a policy with an `env_file`."""
        ...

    async def due(self, now: Instant) -> tuple[str, ...]:
        """Projects with a running operation, or whose open question has reached its expiry at `now`."""
        ...

    def transaction(self, project_id: str, *, fence: int | None = None) -> AbstractAsyncContextManager[Transaction]:
        """A transaction on `project_id`; committed when the block ends, rolled back when it raises.

        The block is short: it holds up whoever else changes the project.
        With `fence`, raises FencedError unless the project's operation still has that fencing number.
        Raises UnknownProjectError.
        """
        ...

    async def steps(self, operation_id: str) -> dict[str, JsonValue]:
        """The journal of an operation: step names to their results."""
        ...

    async def samples(self, operation_id: str) -> tuple[dict[str, JsonValue], ...]: ...

    async def forget_operations(self, operation_ids: Sequence[str]) -> None:
        """Removes their journals and samples; their entries in the history stay."""
        ...

    async def findings(self, project_id: str, *, session: str | None, open_only: bool) -> tuple[StoredFinding, ...]: ...

    async def notices(self) -> tuple[StoredNotice, ...]:
        """What people have not been told yet, in the order in which it was stored."""
        ...

    async def forget_notices(self, positions: Sequence[int]) -> None: ...

    async def tokens(self, project_id: str) -> tuple[Token, ...]: ...

    async def token(self, digest: str) -> Token | None:
        """The token whose secret has that digest, of whatever project."""
        ...

    async def use_token(self, token: Token) -> None:
        """Stores its day of last use; does nothing where it is gone."""
        ...

    async def audit_entries(self, project_id: str, *, after: int = 0, limit: int = 1000) -> tuple[AuditEntry, ...]:
        """Stored entries in the order they were stored, with a sequence above `after`."""
        ...

    async def newest_audit_entries(
        self,
        project_id: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 1000,
        without: Sequence[str] = (),
    ) -> tuple[AuditEntry, ...]:
        """The last stored entries with a sequence above `after` and below `before`, in the order they were stored.

        Those of the kinds `without` are left out.
        """
        ...

    def audit_history(self, project_id: str) -> AsyncIterator[tuple[AuditEntry, ...]]:
        """All stored entries in their order, in pages, however damaged: one that cannot be read breaks the chain in
        its place."""
        ...

    async def audit_head(self, project_id: str) -> AuditHead: ...

    async def stored(self, project_id: str) -> Stored | None:
        """The digests of what is stored beside the chain, and the end of that."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterable[str | None]]:
        """The ids of projects whose document was changed by anyone, from now on; a burst may come as one.

        None where any of them may have been, since nobody could listen for a while.
        """
        ...

    def lease(self, project_id: str) -> AbstractAsyncContextManager[bool]:
        """The exclusive right to run operations of a project, while the block lasts; False where another has it.

        A holder that loses it is cancelled, and the block ends there. Raises StoreUnavailableError.
        """
        ...

    async def close(self) -> None: ...
