"""The policy in a working copy, as it lies there: good for routing, for nothing that is executed."""

from pathlib import Path

from sentinel.adapters.files import read_regular
from sentinel.core.policy.document import POLICY_FILE, SIZE_LIMIT
from sentinel.core.policy.model import Policy, read_policy
from sentinel.errors.policy import PolicyMissingError


def working_policy(root: Path) -> Policy:
    """Raises PolicyMissingError, and what `read_policy` raises."""
    raw = read_regular(root / POLICY_FILE, SIZE_LIMIT + 1)
    if raw is None:
        raise PolicyMissingError(path=root)
    return read_policy(raw)
