"""What the scenarios share: conditions to run until, and what the history says."""

from collections.abc import Callable

from sentinel.core.release.states import Event, State
from tests.crash.actions import RELEASE
from tests.crash.clients import Status
from tests.crash.evidence import Evidence
from tests.crash.trial import Trial

RELEASED = [
    Event.SPRINT_STARTED,
    Event.CANDIDATE_REFUSED,  # nothing is tested and trusted yet
    Event.CANDIDATE_ACCEPTED,
    Event.STAGING_STARTED,
    Event.STAGING_PASSED,
    Event.APPROVAL_REQUESTED,
    Event.DEPLOYMENT_STARTED,
    Event.DEPLOYMENT_PASSED,
    Event.VERIFICATION_PASSED,
    Event.RELEASE_CLOSED,
]
"""The events of a release that nothing is wrong with."""


def at(state: State, version: str | None = None) -> Callable[[Status], bool]:
    """In that state with nothing running, and production as Sentinel knows it."""

    def holds(status: Status) -> bool:
        runs = status["production"]["version"] if status["production"] else None
        return (status["state"], status["operation"], runs) == (state, None, version)

    return holds


def told(evidence: Evidence, *, since: int = 0) -> list[str]:
    """What happened after that audit entry: the events, and what an operation failed with that ended without one.

    A crash must not show here: whatever was lost is done again, and nothing fails because of it.
    """
    later = [entry for entry in evidence.entries if entry.sequence > since]
    return [
        str(entry.data["on"]) if entry.kind == "transition" else entry.summary
        for entry in later
        if entry.kind == "transition" or (entry.kind == "operation.ended" and not entry.data["ok"])
    ]


def summaries(evidence: Evidence, event: Event) -> list[str]:
    """The history's sentences about an event."""
    return [entry.summary for entry in evidence.entries if entry.data.get("on") == event]


def to_held(trial: Trial, script: str, *, strays: bool = False) -> None:
    """Without crashes, until `script` runs and waits."""
    before = len(trial.project.begun(script))
    trial.project.hold(script, strays=strays)
    trial.run(RELEASE, lambda _: len(trial.project.begun(script)) > before)
