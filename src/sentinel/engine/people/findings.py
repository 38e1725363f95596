"""Findings, as people list, import and resolve them."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from sentinel.core.audit.findings import Imported, StoredFinding
from sentinel.core.tools.wording import finding_line, import_lines
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.history import History


class Findings(OperatorRequest):
    wire: ClassVar[str] = "findings"
    open_only: bool

    async def carry_out(self, call: Call) -> tuple[StoredFinding, ...]:
        return await History(call.world, call.projects).findings(call.project_id, open_only=self.open_only)

    def render(self, result: tuple[StoredFinding, ...], screen: Screen) -> str:
        return "\n".join(map(finding_line, result)) or "No open finding."


class OpenFinding(OperatorRequest):
    """An open one by its number; None where there is none."""

    wire: ClassVar[str] = "finding"
    number: int

    async def carry_out(self, call: Call) -> StoredFinding | None:
        found = await History(call.world, call.projects).findings(call.project_id, open_only=True)
        return next((finding for finding in found if finding.number == self.number), None)

    def render(self, result: StoredFinding | None, screen: Screen) -> str:
        return finding_line(result) if result is not None else ""


class ImportSarif(OperatorRequest):
    """What is new, raised, open again and closed by it."""

    wire: ClassVar[str] = "import_sarif"
    document: str

    async def carry_out(self, call: Call) -> Imported:
        history = History(call.world, call.projects)
        return await history.import_sarif(call.project_id, document=self.document, by=call.by)

    def render(self, result: Imported, screen: Screen) -> str:
        return "\n".join(import_lines(result))


class ResolveFinding(OperatorRequest):
    wire: ClassVar[str] = "resolve_finding"
    number: int
    reason: Annotated[FreeText, Field(max_length=500), AfterValidator(printable)]

    async def carry_out(self, call: Call) -> StoredFinding:
        """Raises MissingReasonError or UnknownFindingError."""
        history = History(call.world, call.projects)
        return await history.resolve_finding(call.project_id, number=self.number, reason=self.reason, by=call.by)

    def render(self, result: StoredFinding, screen: Screen) -> str:
        return finding_line(result)
