"""What ends a wait: something ended or was asked, a lock was lifted, or somebody has to act; never a mere step."""

from dataclasses import dataclass, replace

from sentinel.core.release.holding import closed_window
from sentinel.core.release.model import Approval, Project
from sentinel.core.release.states import State
from sentinel.core.values.instant import Instant


@dataclass(frozen=True, slots=True)
class Attention:
    """What of a project somebody may have to act on; `resting` is its state, where nothing runs."""

    ended: str | None
    questions: tuple[str | None, str | None]
    sprint: str
    trusted: str | None
    findings: int
    soaked: bool
    open: bool
    held: bool
    resting: State | None


def attention(project: Project, now: Instant) -> Attention:
    staged = project.release.staged if project.release else None
    return Attention(
        ended=project.outcomes[-1].operation_id if project.outcomes else None,
        questions=(_open(project.approval), _open(project.rollback_approval)),
        sprint=project.session,
        trusted=project.pin.digest if project.pin else None,
        findings=project.open_high_findings,
        soaked=staged is not None and staged.soak.is_over(now),
        open=project.release is not None and closed_window(project, now.wall) is None,
        held=project.hold is not None,
        resting=project.state if project.operation is None else None,
    )


def calls_for_somebody(before: Attention, after: Attention) -> bool:
    """Whether a wait that began with `before` ends: an operation that begins or goes on needs nobody."""
    running = after.resting is None
    return after != (replace(before, resting=None) if running else before)


def _open(approval: Approval | None) -> str | None:
    return approval.id if approval is not None and approval.claim is None else None
