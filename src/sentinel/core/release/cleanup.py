"""What closure did to feature branches (protocol 4.2), as the adapters report it and the engine tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BranchCleanup:
    """Which branches were deleted, here and on the remote, and which matching ones were kept and why."""

    deleted: tuple[str, ...] = ()
    remote_deleted: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
