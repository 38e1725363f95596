"""Findings, as people list, import and resolve them."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.audit.findings import Imported, StoredFinding
from sentinel.core.values.printable import printable
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.history import History


class Findings(OperatorRequest):
    wire: ClassVar[str] = "findings"
    open_only: bool

    async def carry_out(self, call: Call) -> tuple[StoredFinding, ...]:
        return await History(call.world, call.projects).findings(call.project_id, open_only=self.open_only)


class ImportSarif(OperatorRequest):
    """What is new, raised, open again and closed by it."""

    wire: ClassVar[str] = "import_sarif"
    document: str

    async def carry_out(self, call: Call) -> Imported:
        history = History(call.world, call.projects)
        return await history.import_sarif(call.project_id, document=self.document, by=call.by)


class ResolveFinding(OperatorRequest):
    wire: ClassVar[str] = "resolve_finding"
    number: int
    reason: Annotated[str, Field(max_length=500), AfterValidator(printable)]

    async def carry_out(self, call: Call) -> StoredFinding:
        """Raises MissingReasonError or UnknownFindingError."""
        history, reason = History(call.world, call.projects), call.mask(self.reason)
        return await history.resolve_finding(call.project_id, number=self.number, reason=reason, by=call.by)
