"""Adopting a release that production runs and that Sentinel did not deploy."""

from sentinel.core.release.change import Change, update
from sentinel.core.release.lifecycle import LINEAGE_KEPT, with_outcome, without_question
from sentinel.core.release.model import Deployed, OperationKind, Outcome, Project
from sentinel.core.release.states import State
from sentinel.core.values.frozen import Frozen
from sentinel.errors.release import AdoptionError, InvariantBrokenError

ADOPTING = frozenset({State.IDLE, State.ACTIVE})


class Adopting(Frozen):
    """What a person has confirmed. The files come from `folder`, or from a build of `commit`."""

    version: str
    tag: str
    commit: str
    folder: str | None = None

    @property
    def other_ways(self) -> str:
        command = f"`sentinel adopt {self.version} --"
        return (
            f"A person names a folder with the files that production runs, {command}artifacts DIR`, or records it "
            f"without, {command}without-artifacts`: then there is nothing to go back to."
        )


def require_adoptable(project: Project) -> None:
    """Raises AdoptionError if the state does not allow it: a candidate's changes are counted against the recorded
    production.
    """
    if project.state is State.HALTED:
        fix = "Use `sentinel resolve --production VERSION`, which leaves HALTED."
    elif project.release is not None:
        fix = "Abandon or finish the release first: its changes were counted against production as it was."
    elif project.operation is not None:
        fix = "Wait until it ends, or cancel it with `sentinel cancel`."
    elif project.state not in ADOPTING:
        fix = "Wait until the state is IDLE or ACTIVE."
    else:
        return
    running = f", and {project.operation.kind} is running" if project.operation else ""
    raise AdoptionError(reason=f"the state is {project.state}{running}", fix=fix)


def adopt(project: Project, production: Deployed, actor: str) -> Change:
    """Records what production runs, with its files if they are kept. Raises AdoptionError."""
    require_adoptable(project)
    return _recorded(project, production, actor, {})


def adopted(project: Project, production: Deployed, outcome: Outcome) -> Change:
    """The running adoption ends: its files are kept, and what production runs is recorded."""
    operation = project.operation
    if operation is None or operation.kind is not OperationKind.ADOPTION:
        raise InvariantBrokenError(invariant="files are adopted by an adoption that runs")
    return _recorded(project, production, operation.requested_by, with_outcome(project, outcome))


def _recorded(project: Project, production: Deployed, actor: str, ended: dict[str, object]) -> Change:
    fields = {**ended, **without_question(), "lineage": lineage_with(project.lineage, production)}
    return update(
        project,
        "production.adopted",
        actor,
        f"production runs {production.tag}",
        fields,
        commit=production.commit,
        artifacts={artifact.name: artifact.sha256 for artifact in production.artifacts},
    )


def lineage_with(lineage: tuple[Deployed, ...], production: Deployed | None) -> tuple[Deployed, ...]:
    """`lineage` that ends in `production`: cut off after it if it is already there, else extended by it."""
    if production is None:
        return ()
    older = next((lineage[:index] for index, known in enumerate(lineage) if known.tag == production.tag), lineage)
    return (*older, production)[-LINEAGE_KEPT:]
