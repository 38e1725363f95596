"""A history that is older than the release tags prove: nothing goes on until a person has said what production runs."""

from sentinel.core.release.change import Change, transition, update
from sentinel.core.release.lifecycle import with_outcome, without_question
from sentinel.core.release.model import Outcome, Project
from sentinel.core.release.states import Event, State

FENCE_STEP = 1_000_000
"""By how much fencing numbers rise with another database server: those that were lost with the old one are not given
out again."""


def sentence(problem: str) -> str:
    """What is wrong, and what that means, for people and agents alike."""
    return (
        f"The history is not the one that the release tags prove: {problem}. "
        "Production may run another release than this history says."
    )


def goes_on(project: Project, server: str) -> Change:
    """The history agrees with the release tags on `server`, the database server on which it is from here on."""
    fence = project.fence + (FENCE_STEP if project.server else 0)
    said = f"the history agrees with the release tags on the database server {server}"
    return update(project, "server.changed", "sentinel", said, {"server": server, "fence": fence}, server=server)


def lose(project: Project, problem: str, outcome: Outcome | None = None, server: str | None = None) -> Change:
    """HALTED, whatever was under way; `outcome` is how that ends. A rollback that was running keeps its plan.

    `server` is the database server on which it was found out, where that is another one than before.
    """
    moved = {"server": server, "fence": project.fence + FENCE_STEP} if server is not None else {}
    fault = sentence(problem)
    fields = {**moved, "history_fault": fault}
    if project.state is State.HALTED:
        return update(project, "history.lost", "sentinel", fault, fields)
    fields |= {
        **(with_outcome(project, outcome) if outcome is not None else {}),
        **without_question(),
        "release": None,
        "approval": None,
    }
    return transition(project, Event.HISTORY_LOST, "sentinel", fault, fields)
