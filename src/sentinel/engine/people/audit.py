"""The history, as people read, export and prove it."""

import base64
from typing import Annotated, ClassVar

from anyio import to_thread
from pydantic import Field

from sentinel.core.audit.chain import (
    INTERNAL,
    AuditEntry,
    AuditHead,
    Binding,
    ChainFault,
    FoundEntries,
    Sought,
    entry_lines,
    follow_bindings,
    follow_chain,
    verify_end,
)
from sentinel.core.audit.findings import (
    Severity,
)
from sentinel.core.proof.checkpoint import contradiction
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.commit_policy import repository_of
from sentinel.engine.history import read_tag_checkpoints, tags_of
from sentinel.engine.runtime.transactions import record_finding, transaction

PAGE = 500
MOST_SEARCHED = 20_000
Sequence = Annotated[int, Field(ge=0)]
PageSize = Annotated[int, Field(ge=1, le=AUDIT_PAGE)]


class AuditEntries(OperatorRequest):
    """The first entries after the sequence `after`."""

    wire: ClassVar[str] = "audit_entries"
    after: Sequence
    limit: PageSize

    async def carry_out(self, call: Call) -> tuple[AuditEntry, ...]:
        return await call.world.store.audit_entries(call.project_id, after=self.after, limit=self.limit)


class NewestAuditEntries(OperatorRequest):
    """The last entries between the two sequences, in their order; entries of internal steps only with `internal`."""

    wire: ClassVar[str] = "newest_audit_entries"
    after: Sequence
    before: Sequence | None
    limit: PageSize
    internal: bool = True

    async def carry_out(self, call: Call) -> tuple[AuditEntry, ...]:
        store = call.world.store
        return await store.newest_audit_entries(
            call.project_id,
            after=self.after,
            before=self.before,
            limit=self.limit,
            without=() if self.internal else INTERNAL,
        )

    def render(self, result: tuple[AuditEntry, ...], screen: Screen) -> str:
        return "\n".join(line for entry in result for line in entry_lines(entry, screen)) or "No entry."


class SearchAudit(OperatorRequest):
    """The newest matching entries before the sequence `before`, the newest first."""

    wire: ClassVar[str] = "search_audit"
    sought: Sought
    before: Sequence | None = None
    limit: PageSize = 50

    async def carry_out(self, call: Call) -> FoundEntries:
        """Reads at most `MOST_SEARCHED` entries in one call; `next_before` is where to continue."""
        found: list[AuditEntry] = []
        before, looked = self.before, 0
        while looked < MOST_SEARCHED:
            page = await call.world.store.newest_audit_entries(call.project_id, before=before, limit=PAGE)
            for entry in reversed(page):
                before = entry.sequence
                if self.sought.fits(entry):
                    found.append(entry)
                    if len(found) == self.limit:
                        return FoundEntries(entries=tuple(found), next_before=before)
            looked += len(page)
            if len(page) < PAGE:
                return FoundEntries(entries=tuple(found), next_before=None)
        return FoundEntries(entries=tuple(found), next_before=before)


class Proved(Frozen):
    """The result of verifying the whole history: entries, tags that confirm them, and the first fault.

    `lost` counts tags of a history whose loss a person has accepted.
    """

    entries: int
    tags: int
    fault: ChainFault | None
    lost: int = 0


class Keys(Frozen):
    """What others need to verify a project's history: the verifier key, and the files for its release tags by name."""

    verifier: str
    files: dict[str, str]


class VerifyAudit(OperatorRequest):
    """Verifies the chain, and compares it with the release tags. A fault also becomes a high finding."""

    wire: ClassVar[str] = "verify_audit"

    async def carry_out(self, call: Call) -> Proved:
        """Reads the whole chain, page by page, and reports its first fault."""
        store = call.world.store
        # Read before the head: a tag that is made meanwhile covers more entries than that.
        project = await call.project()
        from_tags = await read_tag_checkpoints(call.world, project)
        head = await store.audit_head(call.project_id)
        count, digests = 0, dict[int, str]()
        reached: AuditHead | ChainFault = AuditHead()
        bound: Binding | ChainFault = Binding()
        async for page in store.audit_history(call.project_id):
            count += len(page)
            digests.update({one.sequence: one.digest for one in page if one.sequence in from_tags.sizes})
            if isinstance(reached, AuditHead):
                # In a thread: a page takes long enough to delay other requests.
                reached = await to_thread.run_sync(follow_chain, page, reached, head)
            if isinstance(bound, Binding):
                bound = await to_thread.run_sync(follow_bindings, page, bound, call.project_id)
        fault = verify_end(reached, head) if isinstance(reached, AuditHead) else reached
        if fault is not None and fault.sequence > head.sequence and await store.audit_head(call.project_id) != head:
            # The entry was written during this run; the next run verifies it.
            fault = None
        if fault is None:
            fault = from_tags.fault or contradiction(from_tags.witnesses, digests, head.sequence)
        if fault is None:
            fault = bound if isinstance(bound, ChainFault) else await _beside(call, head, bound)
        if fault is not None:
            await _record(call, fault)
        tags = len({one.where for one in from_tags.witnesses})
        return Proved(entries=count, tags=tags, fault=fault, lost=len(project.lost_tags))

    def render(self, result: Proved, screen: Screen) -> str:
        if result.fault is not None:
            return f"The history was tampered with: {result.fault.problem}. This is recorded as a high finding."
        tags = result.tags
        counted = "1 entry" if result.entries == 1 else f"{result.entries} entries"
        vouch = f" {tags} release tag{' confirms' if tags == 1 else 's confirm'} it." if tags else ""
        lost = "1 release tag is" if result.lost == 1 else f"{result.lost} release tags are"
        gone = f" {lost} of a lost history, as a person has accepted." if result.lost else ""
        return f"The history is whole: {counted}, each bound to the one before it.{vouch}{gone}"


class AuditKeys(OperatorRequest):
    wire: ClassVar[str] = "audit_keys"

    async def carry_out(self, call: Call) -> Keys:
        """Raises HistoryKeyUnusableError, and what is wrong with the key of the tags."""
        project = await call.project()
        verifier = await call.world.history_keys.verifier(project.id)
        files = await (await repository_of(call.world, project)).public_files()
        return Keys(verifier=str(verifier), files=files)


class EncodedTag(Frozen):
    """A release tag with its object in base64."""

    name: str
    content: str


class AuditTags(OperatorRequest):
    """Sentinel's own release tags, as git stores them."""

    wire: ClassVar[str] = "audit_tags"

    async def carry_out(self, call: Call) -> tuple[EncodedTag, ...]:
        tags = [tag for tag in await tags_of(call.world, await call.project()) if tag.own]
        return tuple(EncodedTag(name=tag.name, content=base64.b64encode(tag.content).decode()) for tag in tags)


async def _beside(call: Call, head: AuditHead, bound: Binding) -> ChainFault | None:
    """Compares what is stored now with what the history says; skipped if the history has grown meanwhile."""
    stored = await call.world.store.stored(call.project_id)
    return bound.end(stored) if stored is not None and stored.head == head else None


async def _record(call: Call, fault: ChainFault) -> None:
    async with transaction(call.world, call.project_id) as tx:
        message = f"The audit history was tampered with: {fault.problem}."
        await record_finding(tx, Severity.HIGH, "tampered-history", message)
