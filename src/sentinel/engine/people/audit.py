"""The history, as people read, export and prove it."""

import base64
from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.audit.chain import INTERNAL, AuditEntry
from sentinel.core.audit.search import FoundEntries, Sought
from sentinel.core.tools.wording import entry_line
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.history import History, Keys, Proved

PAGE = 500
MOST_SEARCHED = 20_000
Sequence = Annotated[int, Field(ge=0)]
PageSize = Annotated[int, Field(ge=1, le=AUDIT_PAGE)]


class AuditEntries(OperatorRequest):
    """The first ones after the sequence `after`."""

    wire: ClassVar[str] = "audit_entries"
    after: Sequence
    limit: PageSize

    async def carry_out(self, call: Call) -> tuple[AuditEntry, ...]:
        return await call.world.store.audit_entries(call.project_id, after=self.after, limit=self.limit)


class NewestAuditEntries(OperatorRequest):
    """The last ones between the two sequences, in their order; those of `internal` steps only where they are wanted."""

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
        return "\n".join(map(entry_line, result)) or "No entry."


class SearchAudit(OperatorRequest):
    """The newest entries before the sequence `before` that fit, the newest first."""

    wire: ClassVar[str] = "search_audit"
    sought: Sought
    before: Sequence | None = None
    limit: PageSize = 50

    async def carry_out(self, call: Call) -> FoundEntries:
        """Looks at no more than `MOST_SEARCHED` entries at once; `next_before` is where to go on."""
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


class VerifyAudit(OperatorRequest):
    """The chain held against itself and against the release tags; a fault also becomes a high finding."""

    wire: ClassVar[str] = "verify_audit"

    async def carry_out(self, call: Call) -> Proved:
        return await History(call.world, call.projects).verify(call.project_id)

    def render(self, result: Proved, screen: Screen) -> str:
        if result.fault is not None:
            return f"The history was tampered with: {result.fault.problem}. This is recorded as a high finding."
        tags = result.tags
        vouch = f" {tags} release tag{' says' if tags == 1 else 's say'} the same." if tags else ""
        lost = "1 release tag is" if result.lost == 1 else f"{result.lost} release tags are"
        gone = f" {lost} of a history that is lost, as a person has accepted." if result.lost else ""
        return f"The history is whole: {result.entries} entries, each bound to the one before it.{vouch}{gone}"


class AuditKeys(OperatorRequest):
    wire: ClassVar[str] = "audit_keys"

    async def carry_out(self, call: Call) -> Keys:
        return await History(call.world, call.projects).keys(call.project_id)


class EncodedTag(Frozen):
    """A release tag with its object in base64."""

    name: str
    content: str


class AuditTags(OperatorRequest):
    """Sentinel's own release tags, as git stores them."""

    wire: ClassVar[str] = "audit_tags"

    async def carry_out(self, call: Call) -> tuple[EncodedTag, ...]:
        tags = await History(call.world, call.projects).own_tags(call.project_id)
        return tuple(EncodedTag(name=tag.name, content=base64.b64encode(tag.content).decode()) for tag in tags)
