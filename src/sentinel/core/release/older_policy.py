"""A candidate that was prepared with a policy which is trusted no more."""

from sentinel.core.release.model import Project

OLDER_POLICY = "This candidate was prepared with an older policy; abandon it and prepare again."


def prepared_with_older_policy(project: Project) -> bool:
    """Whether the candidate still carries what was trusted before: nothing of it may run any more."""
    release, pin = project.release, project.pin
    return release is not None and pin is not None and release.policy_digest != pin.digest
