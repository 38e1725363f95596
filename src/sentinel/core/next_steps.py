"""What to do next in each state: first things first, and nothing that would be refused."""

from collections.abc import Callable

from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.states import State

_S = State
WAIT_SECONDS = 45
"""The wait that a step names where nobody says how long the reader can wait."""


def next_steps(project: Project, now: Instant, *, wait: int = WAIT_SECONDS) -> tuple[str, ...]:
    """The steps from here; each `release_status` among them waits for `wait` seconds."""
    follow = f"`release_status(wait_seconds={wait})`"
    if project.operation is not None and project.state not in _FOLLOWED:
        return (f"Follow the running operation with {follow}.",)
    steps = _NEXT[project.state](project, now, follow)
    if project.pin is None and project.state in (_S.IDLE, _S.ACTIVE):
        return ("A person reads and pins the policy with `sentinel trust`.", *steps)
    return steps


_FOLLOWED = frozenset({_S.STAGING, _S.DEPLOYING, _S.VERIFYING, _S.ARCHIVED, _S.ROLLING_BACK})


def _soaking(project: Project, now: Instant, follow: str) -> tuple[str, ...]:
    tag = project.release.tag if project.release else "the release"
    deploy = f'`deploy(target="production", version="{tag}")`'
    staged = project.release.staged if project.release else None
    if staged is not None and not staged.soak.is_over(now):
        return (f"Wait for the end of the soak with {follow}.", f"When it is over, call {deploy}.")
    return (f"Call {deploy}.",)


_NEXT: dict[State, Callable[[Project, Instant, str], tuple[str, ...]]] = {
    _S.IDLE: lambda _project, _now, _follow: ('Call `start_sprint(name="…")`.',),
    _S.ACTIVE: lambda _project, _now, _follow: (
        'Finish the sprint\'s tasks, call `run_tests`, then `prepare_release(type="…")`.',
    ),
    _S.RELEASE_CANDIDATE: lambda _project, _now, _follow: ('Call `deploy(target="staging")`.',),
    _S.STAGING: lambda _project, _now, follow: (f"Follow the staging deployment with {follow}.",),
    _S.SOAKING: _soaking,
    _S.AWAITING_APPROVAL: lambda _project, _now, _follow: (
        "A person runs `sentinel approve` in a terminal and reads what is shown.",
    ),
    _S.DEPLOYING: lambda _project, _now, follow: (f"Follow the deployment with {follow}.",),
    _S.VERIFYING: lambda _project, _now, follow: (f"Follow the verification with {follow}.",),
    _S.ARCHIVED: lambda _project, _now, follow: (f"Wait for the closure with {follow}.",),
    _S.ROLLING_BACK: lambda _project, _now, follow: (f"Follow the rollback with {follow}.",),
    _S.HALTED: lambda _project, _now, _follow: (
        "A person looks at production, then runs `sentinel rollback` or `sentinel resolve --production VERSION|none`.",
    ),
}
