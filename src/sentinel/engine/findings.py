"""Recording a finding of Sentinel's own, wherever in the engine it was made (protocol 1.1, predicate 3)."""

from sentinel.core.audit.findings import Severity, own_finding
from sentinel.ports.store import Transaction


async def record_finding(
    tx: Transaction, severity: Severity, rule: str, message: str, *, session: str | None = None
) -> None:
    """Part of `tx`, in the session that is open in it where none is named."""
    counted_in = tx.project.session if session is None else session
    found = own_finding(session=counted_in, severity=severity, rule=rule, message=message, at=tx.now.wall)
    await tx.add_findings([found])
