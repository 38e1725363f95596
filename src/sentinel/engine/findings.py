"""Recording a finding of Sentinel's own, wherever in the engine it was made (protocol 1.1, predicate 3)."""

from sentinel.core.findings import Severity, own_finding
from sentinel.engine.ports import Transaction


async def record_finding(tx: Transaction, severity: Severity, rule: str, message: str) -> None:
    """Part of `tx`, in the session that is open in it."""
    found = own_finding(session=tx.project.session, severity=severity, rule=rule, message=message, at=tx.now.wall)
    await tx.add_findings([found])
