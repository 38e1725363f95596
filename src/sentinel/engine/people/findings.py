"""A person lists, imports and resolves findings."""

from collections import Counter
from typing import Annotated, ClassVar

from anyio import to_thread
from pydantic import AfterValidator, Field

from sentinel.core.audit.findings import (
    Finding,
    Imported,
    Resolution,
    ScanReport,
    Severity,
    StoredFinding,
    finding_line,
    import_lines,
)
from sentinel.core.audit.sarif import read_sarif
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.runtime.transactions import transaction
from sentinel.errors.release import MissingReasonError, UnknownFindingError


class Findings(OperatorRequest):
    wire: ClassVar[str] = "findings"
    open_only: bool

    async def carry_out(self, call: Call) -> tuple[StoredFinding, ...]:
        return await counted(call, open_only=self.open_only)

    def render(self, result: tuple[StoredFinding, ...], screen: Screen) -> str:
        return "\n".join(map(finding_line, result)) or "No open finding."


class OpenFinding(OperatorRequest):
    """An open finding by its number, or None."""

    wire: ClassVar[str] = "finding"
    number: int

    async def carry_out(self, call: Call) -> StoredFinding | None:
        found = await counted(call, open_only=True)
        return next((finding for finding in found if finding.number == self.number), None)

    def render(self, result: StoredFinding | None, screen: Screen) -> str:
        return finding_line(result) if result is not None else ""


class ImportSarif(OperatorRequest):
    """Imports a SARIF document. Returns what is new, raised, open again and closed."""

    wire: ClassVar[str] = "import_sarif"
    document: str

    async def carry_out(self, call: Call) -> Imported:
        """Raises what `read_sarif` raises: an incomplete scan changes nothing."""
        log = await to_thread.run_sync(read_sarif, self.document)
        project = await call.project()
        high = {name.casefold() for name in project.pin.policy.audit.high} if project.pin else set[str]()
        raised = {one.fingerprint for one in log.findings if not one.rated and one.scan.tool.casefold() in high}
        async with transaction(call.world, call.project_id) as tx:
            session = tx.project.session
            findings = tuple(
                Finding(
                    fingerprint=one.fingerprint,
                    session=session,
                    severity=Severity.HIGH if one.high or one.fingerprint in raised else Severity.LOW,
                    rule=one.rule,
                    message=f"{one.message} ({one.location})" if one.location else one.message,
                    source=f"sarif by {call.by}",
                    found_at=tx.now.wall,
                    scan=one.scan,
                )
                for one in log.findings
            )
            report = ScanReport(session=session, scans=log.scans, findings=findings, by=call.by, at=tx.now.wall)
            imported = await tx.import_scan(report)
        unrated = Counter(one.scan.tool for one in log.findings if not one.rated and one.fingerprint not in raised)
        return imported.model_copy(update={"unrated": dict(unrated)})

    def render(self, result: Imported, screen: Screen) -> str:
        return "\n".join(import_lines(result))


class ResolveFinding(OperatorRequest):
    wire: ClassVar[str] = "resolve_finding"
    number: int
    reason: Annotated[FreeText, Field(max_length=500), AfterValidator(printable)]

    async def carry_out(self, call: Call) -> StoredFinding:
        """Raises MissingReasonError or UnknownFindingError."""
        if not self.reason.strip():
            raise MissingReasonError
        async with transaction(call.world, call.project_id) as tx:
            resolved = await tx.resolve_finding(self.number, Resolution(by=call.by, reason=self.reason, at=tx.now.wall))
        if resolved is None:
            raise UnknownFindingError(number=self.number)
        return resolved

    def render(self, result: StoredFinding, screen: Screen) -> str:
        return finding_line(result)


async def counted(call: Call, *, open_only: bool) -> tuple[StoredFinding, ...]:
    """The findings of the open sprint, or of the time since the last one, and those that outlive a sprint."""
    project = await call.project()
    session = project.sprint.id if project.sprint else None
    return await call.world.store.findings(project.id, session=session, open_only=open_only)
