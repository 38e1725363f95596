"""The protocol's invariants that hold for a single project document; those of the history are in the audit chain."""

from collections.abc import Callable

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import State

_S, _K = State, OperationKind

IN_RELEASE = frozenset(
    {
        _S.RELEASE_CANDIDATE,
        _S.STAGING,
        _S.SOAKING,
        _S.AWAITING_APPROVAL,
        _S.DEPLOYING,
        _S.VERIFYING,
        _S.ARCHIVED,
    }
)
STAGED = frozenset({_S.SOAKING, _S.AWAITING_APPROVAL, _S.DEPLOYING, _S.VERIFYING, _S.ARCHIVED})
APPROVED = frozenset({_S.DEPLOYING, _S.VERIFYING, _S.ARCHIVED})
LEAVING = frozenset({_S.ROLLING_BACK, _S.HALTED})

BUSY_KIND = {
    _S.STAGING: _K.STAGING,
    _S.DEPLOYING: _K.DEPLOYMENT,
    _S.VERIFYING: _K.DEPLOYMENT,
    _S.ARCHIVED: _K.DEPLOYMENT,
    _S.ROLLING_BACK: _K.ROLLBACK,
}
"""States that require a running operation of this kind."""

MOVING = frozenset({_S.DEPLOYING, _S.VERIFYING, _S.ROLLING_BACK})
"""States in which production is being changed: a rollback acts at once, or runs already."""

CANCELS = {
    _S.IDLE: frozenset({"stop", "rollback"}),
    _S.ACTIVE: frozenset({"stop", "rollback"}),
    _S.STAGING: frozenset({"stop", "abandon", "rollback"}),
    _S.SOAKING: frozenset({"stop", "abandon", "rollback"}),
    _S.AWAITING_APPROVAL: frozenset({"stop", "abandon", "rollback"}),
    _S.DEPLOYING: frozenset({"rollback"}),
    _S.VERIFYING: frozenset({"rollback"}),
    _S.ARCHIVED: frozenset({"rollback"}),
}
"""What may follow a cancelled operation; a rollback is never interrupted."""

IDLE_KINDS = {
    _S.IDLE: frozenset({_K.ADOPTION}),
    _S.ACTIVE: frozenset({_K.TESTS, _K.PREPARE, _K.ADOPTION}),
    _S.SOAKING: frozenset({_K.PROMOTION}),
    _S.AWAITING_APPROVAL: frozenset({_K.DEPLOYMENT}),
}
"""States that allow a running operation of these kinds."""


def _operation_fits(project: Project) -> bool:
    kind = project.operation.kind if project.operation else None
    if project.state in BUSY_KIND:
        return kind is BUSY_KIND[project.state]
    return kind is None or kind in IDLE_KINDS.get(project.state, frozenset())


def _staged_as_built(project: Project) -> bool:
    release = project.release
    return release is not None and release.staged is not None and release.staged.artifacts == release.artifacts


def _approved(project: Project) -> bool:
    approval = project.approval
    return approval is not None and approval.kind == "deployment" and approval.claim is not None


def _approval_fits(project: Project) -> bool:
    return (project.approval is not None) == (project.state is _S.AWAITING_APPROVAL or project.state in APPROVED)


def _deployment_claimed(project: Project) -> bool:
    deploying = project.operation is not None and project.operation.kind is _K.DEPLOYMENT
    return deploying == _approved(project)


def _cancel_fits(project: Project) -> bool:
    cancel = project.operation.cancel if project.operation else None
    return cancel is None or cancel.then in CANCELS.get(project.state, frozenset())


def _question_fits(project: Project) -> bool:
    """A requested rollback has a plan and an unclaimed approval, and leaves what production runs."""
    asked, approval = project.asked_rollback, project.rollback_approval
    if asked is None or approval is None:
        return asked is None and approval is None
    runs = project.rollback.leaving if project.rollback else project.production
    open_question = approval.kind == "rollback" and approval.claim is None
    return open_question and project.state not in MOVING and runs is not None and asked.leaving.tag == runs.tag


_INVARIANTS: tuple[tuple[str, Callable[[Project], bool]], ...] = (
    ("an operation runs exactly where the state asks for one", _operation_fits),
    (
        "a release exists from candidate to closure and nowhere else",
        lambda p: (p.release is not None) == (p.state in IN_RELEASE),
    ),
    (
        "what soaks and deploys is what was built and staged",
        lambda p: p.state not in STAGED or _staged_as_built(p),
    ),
    ("an approval is asked for before it is used", _approval_fits),
    ("production is reached through a claimed approval", lambda p: p.state not in APPROVED or _approved(p)),
    ("a deployment runs for a claimed approval, and a claimed approval is being deployed", _deployment_claimed),
    ("an operation is asked to end in a way that its state has", _cancel_fits),
    ("a rollback that waits for approval is one of what production runs", _question_fits),
    ("a hotfix is a patch", lambda p: p.release is None or p.release.hotfix is None or p.release.bump == "patch"),
    (
        "leaving a release has a plan",
        lambda p: (p.rollback is not None) == (p.state in LEAVING and not (p.history_fault and p.rollback is None)),
    ),
    ("only in HALTED is a history not believed", lambda p: not p.history_fault or p.state is _S.HALTED),
    (
        "a release is cut in a sprint",
        lambda p: p.sprint is not None or p.state in LEAVING or p.state is _S.IDLE,
    ),
    ("no sprint is open while idle", lambda p: p.sprint is None or p.state is not _S.IDLE),
)


def broken_invariant(project: Project) -> str | None:
    """The first invariant that `project` breaks, as a sentence; None if it breaks none."""
    return next((words for words, holds in _INVARIANTS if not holds(project)), None)
