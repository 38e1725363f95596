"""Words that the stories share: places on the way, and what the history says of it."""

from collections.abc import Callable

from sentinel.core.states import Event, State
from tests.crash.evidence import Evidence
from tests.crash.insistent import RELEASE, Status
from tests.crash.trial import Trial


def at(state: State, version: str | None = None) -> Callable[[Status], bool]:
    """In that state with nothing running, and production as Sentinel knows it."""

    def holds(status: Status) -> bool:
        runs = status["production"]["version"] if status["production"] else None
        return (status["state"], status["operation"], runs) == (state, None, version)

    return holds


def running(state: State) -> Callable[[Status], bool]:
    return lambda status: status["state"] == state and status["operation"] is not None


def summaries(evidence: Evidence, event: Event) -> list[str]:
    return [entry.summary for entry in evidence.entries if entry.data.get("on") == event]


def to_held(trial: Trial, script: str, *, strays: bool = False) -> None:
    """In peace, until `script` runs and waits."""
    before = len(trial.project.begun(script))
    trial.project.hold(script, strays=strays)
    trial.live(RELEASE, lambda _: len(trial.project.begun(script)) > before)
