"""The releases of a project: the past ones, from its history, and a plan of the next one."""

from typing import Annotated, ClassVar, Literal

from anyio import to_thread
from pydantic import Field

from sentinel.core.audit.chain import INTERNAL, AuditEntry
from sentinel.core.candidate.preview import Preview, plan_text
from sentinel.core.release.record import RecordReader, ReleaseRecord
from sentinel.core.release.record_text import detail_lines, table_lines
from sentinel.core.values.free_text import Version
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.candidate import preview_release
from sentinel.errors.release import UnknownReleaseError

EVENTS = 200
"""The most entries of a release that are shown."""


async def records(call: Call) -> tuple[ReleaseRecord, ...]:
    """All releases, the oldest first, from the whole history, page by page."""
    reading = RecordReader()
    async for page in call.world.store.audit_history(call.project_id):
        await to_thread.run_sync(_read, reading, page)
    return reading.records


def _read(reading: RecordReader, page: tuple[AuditEntry, ...]) -> None:
    for entry in page:
        reading.read(entry)


def named(found: tuple[ReleaseRecord, ...], version: str) -> ReleaseRecord:
    """The newest with that version or tag. Raises UnknownReleaseError."""
    for record in reversed(found):
        if version in (record.version, record.tag, f"v{record.version}"):
            return record
    raise UnknownReleaseError(version=version)


class Releases(OperatorRequest):
    """The past releases, the newest first."""

    wire: ClassVar[str] = "releases"
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000

    async def carry_out(self, call: Call) -> tuple[ReleaseRecord, ...]:
        return tuple(reversed(await records(call)))[: self.limit]

    def render(self, result: tuple[ReleaseRecord, ...], screen: Screen) -> str:
        return "\n".join(table_lines(result, screen)) or "No release yet."


class ReleaseDetail(Frozen):
    """A release with its entries in the history, except those of internal steps."""

    release: ReleaseRecord
    entries: tuple[AuditEntry, ...]


class ShowRelease(OperatorRequest):
    wire: ClassVar[str] = "release"
    version: Version

    async def carry_out(self, call: Call) -> ReleaseDetail:
        """Raises UnknownReleaseError."""
        found = named(await records(call), self.version)
        entries: list[AuditEntry] = []
        after = found.first - 1
        while after < found.last and len(entries) < EVENTS:
            page = await call.world.store.audit_entries(call.project_id, after=after, limit=1000)
            if not page:
                break
            after = page[-1].sequence
            entries += [entry for entry in page if entry.sequence <= found.last and entry.kind not in INTERNAL]
        return ReleaseDetail(release=found, entries=tuple(entries[:EVENTS]))

    def render(self, result: ReleaseDetail, screen: Screen) -> str:
        return "\n".join(detail_lines(result.release, result.entries, screen))


class PlanRelease(OperatorRequest):
    """`sentinel plan`: what the next release would be, in every state. Without a type, the smallest that the changelog
    allows. Changes nothing."""

    wire: ClassVar[str] = "plan"
    type: Literal["patch", "minor", "major"] | None = None

    async def carry_out(self, call: Call) -> Preview:
        return await preview_release(call.world, await call.project(), self.type)

    def render(self, result: Preview, screen: Screen) -> str:
        return plan_text(result, screen)
