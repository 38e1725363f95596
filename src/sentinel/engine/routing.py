"""The working copy's own policy: good for routing (id, branch, remote, tag), for nothing that is executed."""

from pathlib import Path

from sentinel.core.policy import POLICY_FILE, SIZE_LIMIT, Policy, read_policy
from sentinel.core.release import Project
from sentinel.errors.policy import PolicyMissingError


def working_policy(root: Path) -> Policy:
    """Raises PolicyMissingError, and what `read_policy` raises."""
    try:
        with (root / POLICY_FILE).open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError:
        raise PolicyMissingError(path=root) from None
    return read_policy(raw)


def policy_of(project: Project) -> Policy:
    """What is trusted; where nothing is, the working copy's own. Raises what `working_policy` raises."""
    return project.pin.policy if project.pin else working_policy(Path(project.root))
