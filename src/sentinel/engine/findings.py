"""Findings of Sentinel's own, wherever in the engine they are made (protocol 1.1, predicate 3), and of the guard."""

from sentinel.core.audit.findings import EVERY_SESSION, Severity, own_finding
from sentinel.core.values.printable import printable
from sentinel.engine.runtime.transactions import transaction
from sentinel.ports.store import Transaction
from sentinel.ports.world import World


async def record_finding(
    tx: Transaction, severity: Severity, rule: str, message: str, *, session: str | None = None
) -> None:
    """Part of `tx`, in the session that is open in it where none is named."""
    counted_in = tx.project.session if session is None else session
    found = own_finding(session=counted_in, severity=severity, rule=rule, message=message, at=tx.now.wall)
    await tx.add_findings([found])


RULE = "command-outside-sentinel"
OPEN_LIMIT = 50
"""Open ones of a project: more of them would tell a person nothing new."""


async def report_refused(world: World, project_id: str, *, command: str, by: str) -> None:
    """`command` as the guard names it and `by`, the system's user; nothing new where the same one is open still."""
    message = world.secrets.mask(f"The guard refused {by} the command `{printable(command)}`.")
    known = await world.store.findings(project_id, session=EVERY_SESSION, open_only=True)
    refused = [one.finding.message for one in known if one.finding.rule == RULE]
    if message in refused or len(refused) >= OPEN_LIMIT:
        return
    async with transaction(world, project_id) as tx:
        await record_finding(tx, Severity.HIGH, RULE, message, session=EVERY_SESSION)
