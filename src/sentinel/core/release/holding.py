"""What blocks a release although its gates pass: a hold, a closed window, and a policy that is no longer trusted."""

from datetime import datetime, timedelta

from sentinel.core.policy.windows import Closed, Windows, closed, closes_at, sentence
from sentinel.core.release.change import Change, update
from sentinel.core.release.model import Approval, Hold, OutsideWindow, Project, Release
from sentinel.core.release.states import State
from sentinel.errors.approval import OnHoldError, WindowClosedError
from sentinel.errors.release import InvariantBrokenError

UNHOLD = "A person ends the hold with `sentinel unhold`."
BEFORE_PRODUCTION = frozenset({State.RELEASE_CANDIDATE, State.STAGING, State.SOAKING, State.AWAITING_APPROVAL})
"""States with a candidate that has not reached production."""


def held_sentence(hold: Hold) -> str:
    reason = hold.reason.rstrip().removesuffix(".")
    return f"{hold.by} put releases on hold at {hold.at:%Y-%m-%d %H:%M} UTC: {reason}."


def set_hold(project: Project, hold: Hold) -> Change:
    """Nothing but a rollback starts; running operations continue."""
    if project.hold is not None:
        raise InvariantBrokenError(invariant="a hold is not set twice")
    return update(project, "hold.set", hold.by, f"releases put on hold: {hold.reason}", {"hold": hold})


def end_hold(project: Project, by: str) -> Change:
    if project.hold is None:
        raise InvariantBrokenError(invariant="only a hold that is set is ended")
    summary = f"the hold of {project.hold.by} was ended: {project.hold.reason}"
    return update(project, "hold.ended", by, summary, {"hold": None})


def require_no_hold(project: Project) -> None:
    """Every start except a rollback calls this. Raises InvariantBrokenError."""
    if project.hold is not None:
        raise InvariantBrokenError(invariant="during a hold nothing starts but a rollback")


def windows_of(project: Project) -> Windows | None:
    """The windows of the candidate's policy; without a candidate, of the trusted policy."""
    policy = project.release.policy if project.release else project.pin.policy if project.pin else None
    return policy.production.windows if policy else None


def closed_window(project: Project, now: datetime) -> Closed | None:
    """Why the window keeps the candidate from production at `now`; None if it does not, or a person has waived it."""
    outside = project.release.outside if project.release else None
    if outside is not None and (outside.until is None or now < outside.until):
        return None
    return closed(windows_of(project), now)


def closed_sentence(project: Project, at: datetime, now: datetime) -> str:
    """Why production is closed at `at` and when it opens, as seen from `now`; empty if it is open."""
    closing, windows = closed_window(project, at), windows_of(project)
    return sentence(closing, windows, now) if closing is not None and windows is not None else ""


def window_change(project: Project, now: datetime) -> timedelta | None:
    """How long until the candidate's open window closes."""
    outside = project.release.outside if project.release else None
    if outside is not None and outside.until is not None and now < outside.until:
        return None  # the window opens first
    closes = closes_at(windows_of(project), now)
    return closes - now if closes is not None else None


def check_may_go_on(project: Project, now: datetime) -> None:
    """Raises OnHoldError or WindowClosedError if the candidate must wait."""
    if project.hold is not None:
        raise OnHoldError(held=held_sentence(project.hold))
    if closed_window(project, now) is not None:
        raise WindowClosedError(closed=closed_sentence(project, now, now))


def require_open(project: Project, now: datetime) -> None:
    """Raises InvariantBrokenError."""
    if closed_window(project, now) is not None:
        raise InvariantBrokenError(invariant="production is entered while its window is open")


def go_outside(project: Project, outside: OutsideWindow, asked: Approval | None = None) -> Change:
    """The candidate may go to production although the window is closed.

    The reason is part of the plan, so an open question is asked again as `asked`.
    """
    release, approval = project.release, project.approval
    if release is None or project.state not in BEFORE_PRODUCTION or (approval is not None and approval.claim):
        raise InvariantBrokenError(invariant="a candidate goes outside of the window before production is entered")
    if (asked is None) != (approval is None):
        raise InvariantBrokenError(invariant="a question is open while an approval is asked for")
    fields = {"release": release.model_copy(update={"outside": outside}), "approval": asked}
    summary = f"{release.tag} may go to production outside of the window: {outside.reason}"
    return update(
        project,
        "window.waived",
        outside.by,
        summary,
        fields,
        release=release.id,
        approval=asked.id if asked else None,
        plan=asked.plan_digest if asked else None,
    )


def exceptions(release: Release) -> tuple[str, ...]:
    """Sentences on what people decided for this release alone; they are part of its plan."""
    hotfix, outside = release.hotfix, release.outside
    said = (
        f"This is a hotfix, opened by {hotfix.by}: {hotfix.reason}" if hotfix else "",
        f"{outside.by} allows it outside of the production window: {outside.reason}" if outside else "",
    )
    return tuple(filter(None, said))


OLDER_POLICY = "This candidate was prepared with an older policy; abandon it and prepare again."


def prepared_with_older_policy(project: Project) -> bool:
    """Whether the candidate has a policy that is no longer the trusted one: none of its commands may run."""
    release, pin = project.release, project.pin
    return release is not None and pin is not None and release.policy_digest != pin.digest
