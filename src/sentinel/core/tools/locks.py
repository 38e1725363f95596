"""Why a call is locked now: one rule for each tool, or each target of `deploy`, from one project document."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinel.core.release.holding import (
    OLDER_POLICY,
    UNHOLD,
    closed_sentence,
    closed_window,
    held_sentence,
    prepared_with_older_policy,
    window_change,
)
from sentinel.core.release.invariants import IN_RELEASE
from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.rollback import IN_PRODUCTION, can_roll_back, nothing_kept
from sentinel.core.release.states import State
from sentinel.core.values.times import Instant

_S, _K = State, OperationKind

ANNOUNCED_AFTER = timedelta(seconds=2)
"""How old an operation in a sprint must be before `abandon_release` is listed: most end sooner."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Why a call is refused, and until when if a clock decides.

    A `passing` lock lasts only as long as a running operation, so the tool stays listed. `shown` is what a status says
    of the lock; empty if the state already says it.
    """

    reason: str
    unlocks_at: datetime | None = None
    remaining: timedelta | None = None
    passing: bool = False
    shown: str = ""


Rule = Callable[[Project, Instant], Lock | None]
"""None if a call is allowed."""


def not_timed(_project: Project, _now: Instant) -> timedelta:
    return timedelta(0)


def unannounced(project: Project, now: Instant) -> timedelta:
    """How long `abandon_release` stays out of the list: an operation in a sprint may be over before anyone could call
    it.
    """
    if project.state is not _S.ACTIVE or project.operation is None or _adopts(project):
        return timedelta(0)
    age = max(timedelta(0), project.operation.started.measured_to(now))  # the wall clock may be set back
    return max(timedelta(0), ANNOUNCED_AFTER - age)


def _running(project: Project, kind: OperationKind | None) -> Lock | None:
    """Only one operation at a time, and none starts during a hold; the same request again follows the running one."""
    operation = project.operation
    if operation is None:
        return _held(project) if kind is not None else None
    if operation.kind is kind:
        return None
    return Lock(f"The operation {operation.kind} is running.", passing=True)


def _held(project: Project) -> Lock | None:
    return Lock(f"{held_sentence(project.hold)} {UNHOLD}") if project.hold is not None else None


def _elsewhere(project: Project, place: str) -> Lock:
    return Lock(f"This is allowed in state {place}; the state is {project.state}.")


def never(_project: Project, _now: Instant) -> Lock | None:
    return None


def in_state(state: State, kind: OperationKind | None) -> Rule:
    def rule(project: Project, _now: Instant) -> Lock | None:
        if project.state is not state:
            return _elsewhere(project, state)
        return _running(project, kind)

    return rule


def preview(project: Project, _now: Instant) -> Lock | None:
    return None if project.state in (_S.IDLE, _S.ACTIVE) else _elsewhere(project, "IDLE or ACTIVE")


_SOAKING = "Production unlocks when the soak is over."


def staging(project: Project, _now: Instant) -> Lock | None:
    if project.state in (_S.RELEASE_CANDIDATE, _S.SOAKING):
        return _outdated(project) or _running(project, _K.STAGING)
    if project.state is _S.STAGING:
        return Lock("A staging deployment is running.")
    return _elsewhere(project, "RELEASE_CANDIDATE or SOAKING")


def production(project: Project, now: Instant) -> Lock | None:
    if project.state in (_S.RELEASE_CANDIDATE, _S.SOAKING) and (outdated := _outdated(project)) is not None:
        return outdated
    if project.state is not _S.SOAKING:
        return Lock(_PRODUCTION_LOCKED.get(project.state, _no_candidate)(project))
    if project.operation is not None:
        return _soak_lock(project, now) or _running(project, _K.PROMOTION)
    return _held(project) or _soak_lock(project, now) or _window_lock(project, now)


def _soak_lock(project: Project, now: Instant) -> Lock | None:
    """If the window is closed when the soak ends, production unlocks when it opens."""
    staged = project.release.staged if project.release else None
    if staged is None or staged.soak.is_over(now):
        return None
    soak, violation = staged.soak, staged.soak.violation(now)
    end = now.wall + soak.remaining(now)
    closing = closed_window(project, end)
    if closing is None:
        return Lock(violation, soak.until, soak.remaining(now), shown=_SOAKING)
    then, opens = closed_sentence(project, end, now.wall), closing.opens_at
    return Lock(f"{violation}\n{then}", opens, opens - now.wall if opens else None, shown=f"{_SOAKING} {then}")


def _window_lock(project: Project, now: Instant) -> Lock | None:
    closing = closed_window(project, now.wall)
    if closing is None:
        return None
    reason, opens = f"Production is LOCKED. {closed_sentence(project, now.wall, now.wall)}", closing.opens_at
    return Lock(reason, opens, opens - now.wall if opens else None, shown=reason)


def closing_in(project: Project, now: Instant) -> timedelta:
    """How long production stays unlocked until its window closes; 0 if no window limits it."""
    if project.state is not _S.SOAKING or production(project, now) is not None:
        return timedelta(0)
    return window_change(project, now.wall) or timedelta(0)


def _outdated(project: Project) -> Lock | None:
    return Lock(OLDER_POLICY) if prepared_with_older_policy(project) else None


def _no_candidate(project: Project) -> str:
    return f"Production is LOCKED: there is no release candidate; the state is {project.state}."


def _not_staged(project: Project) -> str:
    """With the first line of the reason if staging failed: the last outcome is the candidate's own."""
    last = project.outcomes[-1] if project.outcomes else None
    why = f" {last.message.partition(chr(10))[0]}" if last is not None and last.kind is _K.STAGING else ""
    return f"Production is LOCKED: {_tag(project)} has not passed staging.{why}"


_PRODUCTION_LOCKED: dict[State, Callable[[Project], str]] = {
    _S.RELEASE_CANDIDATE: _not_staged,
    _S.STAGING: lambda project: f"Production is LOCKED: {_tag(project)} is being deployed to staging.",
    _S.AWAITING_APPROVAL: lambda project: f"Production waits for a human's approval of {_tag(project)}.",
    _S.DEPLOYING: lambda project: f"{_tag(project)} is being deployed to production.",
    _S.VERIFYING: lambda project: f"{_tag(project)} is in production and being verified.",
    _S.ARCHIVED: lambda project: f"{_tag(project)} is in production and being closed.",
    _S.ROLLING_BACK: lambda _project: "Production is LOCKED: a rollback is running.",
    _S.HALTED: lambda _project: "Production is LOCKED: Sentinel has halted and a person must resolve it.",
}


def rollback(project: Project, _now: Instant) -> Lock | None:
    if can_roll_back(project):
        return None
    if project.state is _S.ROLLING_BACK:
        return Lock("A rollback is running already.")
    if (lost := nothing_kept(project)) is not None:
        return Lock(lost, shown=lost)
    reason = "Production has no earlier release to go back to."
    return Lock(reason, shown=reason if project.state in IN_PRODUCTION or project.state is _S.HALTED else "")


def abandon(project: Project, _now: Instant) -> Lock | None:
    if project.state in (_S.RELEASE_CANDIDATE, _S.SOAKING, _S.AWAITING_APPROVAL):
        return None
    if project.state in (_S.ACTIVE, _S.STAGING) and project.operation is not None and not _adopts(project):
        return None
    what = (
        "A release in production cannot be abandoned" if project.state in IN_RELEASE else "There is nothing to abandon"
    )
    return Lock(f"{what}; the state is {project.state}.")


def _adopts(project: Project) -> bool:
    """A person started it, so only a person ends it."""
    return project.operation is not None and project.operation.kind is _K.ADOPTION


def _tag(project: Project) -> str:
    return project.release.tag if project.release else "the release"
