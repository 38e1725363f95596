"""What people are told when a project changes, wherever the change came from."""

from dataclasses import dataclass

from sentinel.core.release import Project, RollbackPlan
from sentinel.core.states import State

PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
"""The sentence of protocol 4.1."""


@dataclass(frozen=True, slots=True)
class Notice:
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class StoredNotice(Notice):
    """A notice that nobody has been told yet, by its place in the store."""

    position: int


def notice(before: Project, after: Project) -> Notice | None:
    """The notice that the step from `before` to `after` deserves, if any."""
    asked, earlier = after.rollback_approval, before.rollback_approval
    if asked is not None and (earlier is None or asked.id != earlier.id):
        return Notice(f"{after.name}: a rollback waits for approval", asked.text)
    if before.state is after.state:
        return None
    if after.state is State.AWAITING_APPROVAL and after.approval is not None:
        return Notice(f"{after.name}: a deployment waits for approval", after.approval.text)
    if after.state is State.ROLLING_BACK and after.rollback is not None:
        return Notice(_rollback_title(before, after), _rollback_body(after.name, after.rollback))
    last = after.outcomes[-1].message if after.outcomes else ""
    if after.state is State.HALTED:
        return Notice(f"{after.name}: HALTED, a person must look at production", last)
    done = _DONE.get(before.state)
    return Notice(f"{after.name}: {done}", last) if done else None


_DONE = {State.ARCHIVED: "released", State.ROLLING_BACK: "rolled back"}
"""What leaving these states means, where it is not for worse."""


def _rollback_title(before: Project, after: Project) -> str:
    automatic = after.rollback is not None and after.rollback.origin == "sentinel"
    if automatic and before.state is State.VERIFYING:
        return PDV_FAILURE
    return f"{after.name}: {'automatic rollback' if automatic else 'rollback'} started"


def _rollback_body(name: str, plan: RollbackPlan) -> str:
    target = plan.target.tag if plan.target else "nothing, for there is no earlier release"
    return f"{name} goes back from {plan.leaving.tag} to {target}: {plan.reason}"
