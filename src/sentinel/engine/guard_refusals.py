"""What the guard refused an agent, as a finding: it stands in the way of each release until a person resolves it."""

from sentinel.core.audit.findings import EVERY_SESSION, Severity
from sentinel.core.values.printable import printable
from sentinel.engine.findings import record_finding
from sentinel.engine.runtime.transactions import transaction
from sentinel.ports.world import World

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
