"""The approvers' file is pinned with the policy: anybody who could change it would choose who approves."""

import hashlib
from collections.abc import Iterator

from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.errors.approval import ApproversChangedError, ApproversUnfitError
from sentinel.ports.world import World

UNFIT = "unfit"
"""In place of a digest: there was no usable file when the policy was trusted."""
LINES_SHOWN = 100


async def approvers_digest(world: World, policy: Policy) -> str | None:
    """SHA-256 of the file that the policy names, or UNFIT if it cannot be used; None if it names no file."""
    file = policy.production.approval.approvers
    if file is None:
        return None
    try:
        return hashlib.sha256(await world.approvers.content(file)).hexdigest()
    except ApproversUnfitError:
        return UNFIT


async def require_same_approvers(world: World, project: Project) -> None:
    """Raises ApproversChangedError if the file is not as it was trusted, and ApproversUnfitError.

    An earlier version of Sentinel pinned no digest; then there is nothing to compare.
    """
    pin = project.pin
    file = pin.policy.production.approval.approvers if pin is not None else None
    if pin is None or file is None or pin.approvers is None:
        return
    if hashlib.sha256(await world.approvers.content(file)).hexdigest() != pin.approvers:
        raise ApproversChangedError(file=file)


async def trusted_file(world: World, project: Project) -> str | None:
    """The file that the trusted policy names, if it is usable and as it was trusted."""
    pin = project.pin
    digest = await approvers_digest(world, pin.policy) if pin is not None else None
    if pin is None or digest in (None, UNFIT) or pin.approvers not in (None, digest):
        return None
    return pin.policy.production.approval.approvers


async def shown_approvers(world: World, policy: Policy) -> tuple[str, ...]:
    """Who may approve, as a person reads it before they trust it."""
    file = policy.production.approval.approvers
    if file is None:
        return ()
    try:
        content = await world.approvers.content(file)
    except ApproversUnfitError as error:
        return (f"=== approvers {file}: {error.what}",)
    head = f"=== approvers {file} on the daemon's machine, sha256 {hashlib.sha256(content).hexdigest()}"
    return (head, *_lines(content))


def _lines(content: bytes) -> Iterator[str]:
    lines = content.decode("utf-8", "backslashreplace").splitlines()
    yield from (printable(line, limit=2000) for line in lines[:LINES_SHOWN])
    if len(lines) > LINES_SHOWN:
        yield f"[{len(lines) - LINES_SHOWN} more lines]"
