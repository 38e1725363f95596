"""Cancelling an operation and abandoning a candidate: who may when, what remains, and the sentences for it."""

from dataclasses import dataclass

from sentinel.core.release.change import Change
from sentinel.core.release.invariants import CANCELS
from sentinel.core.release.lifecycle import end, refuse_candidate, spend_approval, staging_failed
from sentinel.core.release.model import Cancel, OperationKind, Outcome, Project
from sentinel.core.release.rollback import can_roll_back
from sentinel.core.release.states import State
from sentinel.errors import SEE_STATUS

_S, _K = State, OperationKind


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be cancelled or abandoned, and what to do instead."""

    reason: str
    instead: str


def cancel_refusal(project: Project) -> Refusal | None:
    """Why a person cannot cancel what runs; None if they can."""
    if project.operation is not None and "stop" in CANCELS.get(project.state, frozenset()):
        return None
    return _in_production(project) or Refusal("Nothing is running.", _without_operation(project))


def abandon_refusal(project: Project) -> Refusal | None:
    """Why a person cannot abandon the candidate; None if they can."""
    if project.release is not None and (project.operation is None or "abandon" in CANCELS[project.state]):
        return None
    running = project.operation
    instead = f"`sentinel cancel` ends the running {running.kind}." if running else _without_operation(project)
    return _in_production(project) or Refusal(f"There is no release candidate; the state is {project.state}.", instead)


def _in_production(project: Project) -> Refusal | None:
    """Why production is being changed, which is never interrupted; None if it is not."""
    tag = project.release.tag if project.release else "The release"
    if project.state is _S.ROLLING_BACK:
        return Refusal(
            "A rollback is running, which cannot be cancelled.",
            "It ends by itself, at its timeout at the latest; `sentinel watch` follows it.",
        )
    if project.state is _S.ARCHIVED:
        return Refusal(f"{tag} is verified, and its release is being closed.", "`sentinel watch` follows it.")
    if project.state not in (_S.DEPLOYING, _S.VERIFYING):
        return None
    doing = "deployed to" if project.state is _S.DEPLOYING else "verified in"
    if can_roll_back(project):
        instead = '`sentinel rollback --reason "…"` ends this and takes production back.'
    else:
        instead = "It ends by itself, at its timeout at the latest; there is no earlier release to go back to."
    return Refusal(f"{tag} is being {doing} production, which cannot be cancelled.", instead)


def _without_operation(project: Project) -> str:
    if project.state is _S.HALTED:
        return "`sentinel rollback` or `sentinel resolve --production VERSION|none` leaves HALTED."
    if project.approval is not None:
        return "`sentinel reject` rejects what waits for approval; `sentinel abandon` gives up the candidate."
    if project.release is not None:
        return '`sentinel abandon --reason "…"` gives up the candidate.'
    return SEE_STATUS


def stopped(project: Project, outcome: Outcome) -> Change:
    """The cancelled operation ends, and the state is the one before it."""
    match outcome.kind:
        case _K.PREPARE:
            return refuse_candidate(project, outcome)
        case _K.STAGING:
            return staging_failed(project, outcome)
        case _K.DEPLOYMENT:
            return spend_approval(project, outcome.message, outcome)
        case _:
            return end(project, outcome)


def stopped_sentence(project: Project, kind: OperationKind, cancel: Cancel) -> str:
    """What was cancelled, by whom and why, and what remains."""
    tag = project.release.tag if project.release else "The release"
    what, left = {
        _K.TESTS: ("The test run", "Its result does not count; the sprint is still open."),
        _K.PREPARE: ("The preparation", "There is no release candidate; the sprint is still open."),
        _K.STAGING: (f"Staging of {tag}", f"{tag} is still the release candidate; production stays LOCKED."),
        _K.PROMOTION: ("The production request", f"{tag} stays on staging, and its soak is kept."),
        _K.ADOPTION: ("The adoption", "What production runs is recorded as before."),
        _K.DEPLOYMENT: ("The deployment", "Production was not touched; the approval is spent, the soak is kept."),
    }.get(kind, (f"The {kind}", ""))
    return f"{what} was ended by {cancel.by}: {cancel.reason.rstrip().removesuffix('.')}. {left}".rstrip()
