"""`sentinel doctor`: the checks that only the daemon can make."""

from collections.abc import Iterator
from typing import ClassVar

from sentinel.core.policy.model import Policy
from sentinel.core.release.model import BlockedBy, Project
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.verification.prometheus import unusable
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.commit_policy import untrusted_policy
from sentinel.engine.readiness import missing_addresses, unpushable
from sentinel.errors import SentinelError

_GRANT = (
    "Grant the daemon's role EXECUTE on the functions pg_control_system, pg_current_wal_lsn and pg_walfile_name, then "
    "restart the daemon."
)


class Check(Frozen):
    """A line of `sentinel doctor`: what was checked, what was found, and what to do if it is not ok."""

    name: str
    ok: bool
    found: FreeText
    fix: FreeText = ""


class DoctorChecks(OperatorRequest):
    """Executes nothing of the repository, trusted or not."""

    wire: ClassVar[str] = "checks"

    async def carry_out(self, call: Call) -> tuple[Check, ...]:
        project = await call.project()
        policy = await untrusted_policy(call.world, project)
        faults = await call.world.scripts.faults(call.project_id, policy)
        found = [*_checks("environment", "every variable, file and secret that the policy names exists", faults)]
        if project.origin is not None or policy.project.remote is not None:
            found += _checks(
                "remote", "it answers, and a release tag can be pushed to it", await _remote(call, project, policy)
            )
        if project.pin is not None:
            missing = await missing_addresses(call.world, project.pin.policy)
            found += _checks("health", 'no address of the trusted policy is answered with "not found"', missing)
        return (*found, *await _store(call), *await _metrics(call, project), *await _signing(call, project))


async def _store(call: Call) -> tuple[Check, ...]:
    """A database server must identify itself: else nobody notices a failover, which can lose stored data."""
    if await call.world.store.server() is not None:
        return ()
    told = "The database server does not report its system identifier and timeline, so a failover is not noticed."
    return (Check(name="store", ok=True, found=told, fix=_GRANT),)


async def _remote(call: Call, project: Project, policy: Policy) -> tuple[BlockedBy, ...]:
    repository = call.world.repository(project, policy)
    try:
        commit = await repository.head(remote=False)
        return await unpushable(repository, policy, commit)
    except SentinelError as error:
        return (BlockedBy.by("remote", error),)


async def _signing(call: Call, project: Project) -> tuple[Check, ...]:
    """Signs with the trusted policy's key: a key with a passphrase cannot sign without a person."""
    if project.pin is None:
        return ()
    try:
        await call.world.repository(project, project.pin.policy).try_key()
    except SentinelError as error:
        return (Check(name="signing", ok=False, found=error.what, fix=error.fix),)
    return (Check(name="signing", ok=True, found="the key of the release tags signs"),)


async def _metrics(call: Call, project: Project) -> tuple[Check, ...]:
    """Only the trusted policy's queries: an untrusted policy must not send the login anywhere."""
    if project.pin is None:
        return ()
    try:
        readings = await call.world.services.metrics(project.pin.policy)
    except SentinelError as error:
        return (Check(name="prometheus", ok=False, found=error.what, fix=error.fix),)
    bad = unusable(readings, in_production=project.production is not None)
    return tuple(
        Check(
            name="prometheus",
            ok=reading not in bad,
            found=f"{reading.query} {reading.problem or f'is {reading.value:g}'}.",
            fix=reading.fix,
        )
        for reading in readings
    )


def _checks(name: str, good: str, faults: tuple[BlockedBy, ...]) -> Iterator[Check]:
    """One failed check for each fault, or one that is ok."""
    if not faults:
        yield Check(name=name, ok=True, found=good)
    for fault in faults:
        yield Check(name=fault.gate, ok=False, found=fault.message, fix=fault.fix)
