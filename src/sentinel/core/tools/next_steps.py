"""A sentence on the state of a project and the next steps, the most urgent first; every step is allowed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sentinel.core.approval.question import rules_of
from sentinel.core.release.holding import (
    OLDER_POLICY,
    UNHOLD,
    closed_sentence,
    closed_window,
    held_sentence,
    prepared_with_older_policy,
)
from sentinel.core.release.model import Approval, Operation, OperationKind, Outcome, Project, RollbackPlan
from sentinel.core.release.rollback import can_roll_back, why_left
from sentinel.core.release.states import ASKED, State, headed
from sentinel.core.tools.catalog import CALL_BUDGET_SECONDS
from sentinel.core.values.times import Instant, countdown

_K = OperationKind
_SPEAKS = {
    State.IDLE: {_K.DEPLOYMENT: "passed", _K.ROLLBACK: "passed refused", _K.ADOPTION: "passed failed"},
    State.ACTIVE: {
        _K.TESTS: "passed failed",
        _K.PREPARE: "failed refused",
        _K.ROLLBACK: "passed refused",
        _K.ADOPTION: "passed failed",
    },
    State.RELEASE_CANDIDATE: {_K.PREPARE: "passed", _K.STAGING: "failed", _K.ROLLBACK: "refused"},
    State.SOAKING: {_K.PROMOTION: "failed", _K.DEPLOYMENT: "failed refused", _K.ROLLBACK: "refused"},
    State.AWAITING_APPROVAL: {_K.PROMOTION: "passed", _K.DEPLOYMENT: "failed"},
    State.HALTED: {_K.ROLLBACK: "failed", _K.DEPLOYMENT: "failed"},
}
"""By state, the operations whose outcome explains it, and which outcomes; an abandoned release counts as refused."""


def last_word(project: Project) -> Outcome | None:
    """The last outcome, if it explains the current state and belongs to the current sprint.

    While an operation runs, earlier outcomes are not repeated.
    """
    last = project.outcomes[-1] if project.outcomes else None
    if last is None or project.operation is not None:
        return None
    if _how(last) not in _SPEAKS.get(project.state, {}).get(last.kind, ""):
        return None
    earlier = project.sprint is not None and last.ended_at < project.sprint.started_at
    return None if earlier else last


def _how(outcome: Outcome) -> str:
    return "refused" if outcome.refused else "passed" if outcome.ok else "failed"


def state_sentence(project: Project, now: Instant) -> str:
    """The state in one sentence, with what runs, a countdown if there is one, and who put releases on hold.

    If a release failed in production, the protocol's sentence stands above it.
    """
    said = _state(project, now)
    return f"{said} {held_sentence(project.hold)}" if project.hold is not None else said


def _state(project: Project, now: Instant) -> str:
    if project.operation is not None:
        return _running(project, project.operation)
    if project.history_fault:
        return f"{project.state}: {project.history_fault}"
    last = last_word(project)
    if project.state is State.SOAKING:
        return _soaking_sentence(project, last, now)
    if last is None:
        return f"{project.state}."
    said = last.message.removeprefix(headed(last.cause, "")) if last.cause is not None else last.message
    told = said if said.startswith(f"{project.state}:") else f"{project.state}. {said}"
    return headed(last.cause, told) if last.cause is not None else told


def stands_well(project: Project) -> bool:
    """False while an automatic rollback runs, and while a person must look at production."""
    plan = project.rollback
    return project.state is not State.HALTED and (plan is None or plan.cause in ASKED)


def _running(project: Project, operation: Operation) -> str:
    step = f", at {operation.step}" if operation.step else ""
    running = f"{project.state}: {operation.kind} is running{step}."
    plan = project.rollback
    return headed(plan.cause, f"{running} {_left(plan)}") if plan is not None else running


def _left(plan: RollbackPlan) -> str:
    reason = why_left(plan).partition("\n")[0]
    if plan.target is None:
        return f"Production stays as {plan.leaving.tag} left it, since there is nothing to go back to: {reason}"
    return f"Production goes back from {plan.leaving.tag} to {plan.target.tag}: {reason}"


def _soaking_sentence(project: Project, last: Outcome | None, now: Instant) -> str:
    if prepared_with_older_policy(project):
        return f"SOAKING: {OLDER_POLICY}"
    tag = project.release.tag if project.release else "the release"
    staged = project.release.staged if project.release else None
    if staged is not None and not staged.soak.is_over(now):
        soaking = f"{tag} runs on staging. Production unlocks in {countdown(staged.soak.remaining(now))}."
        return f"SOAKING: {soaking} {last.message}" if last else f"SOAKING: {soaking}"
    said = " ".join(filter(None, (last.message if last else "", closed_sentence(project, now.wall, now.wall))))
    unlocked = f"SOAKING: the soak is over, production is unlocked for {tag}."
    return f"SOAKING: the soak is over. {said}" if said else unlocked


_S, _K = State, OperationKind
WAIT_SECONDS = CALL_BUDGET_SECONDS
"""The wait that a step names if the reader's longest wait is not known."""
_WAITS = 10


def named_wait(longest: int, count: int) -> int:
    """The wait that answer number `count` names.

    It varies, because some clients stop an agent that repeats the same call.
    """
    return longest - count % min(_WAITS, longest)


@dataclass(frozen=True, slots=True)
class _View:
    """What the steps are made from; `follow` is the call that waits, and `last` the outcome that explains the state."""

    project: Project
    now: Instant
    follow: str
    last: Outcome | None

    @property
    def tag(self) -> str:
        return self.project.release.tag if self.project.release else "the release"

    @property
    def wanted(self) -> bool:
        """Whether the last operation failed because somebody rejected or cancelled it."""
        return self.last is not None and (self.last.refused or bool(self.last.asked))

    @property
    def fix(self) -> str:
        """What the last refusal says to do; no other step stands beside it."""
        return self.last.fix if self.last is not None else ""

    @property
    def deploy(self) -> str:
        return f'`deploy(target="production", version="{self.tag}")`'


def next_steps(project: Project, now: Instant, *, wait: int = WAIT_SECONDS) -> tuple[str, ...]:
    """The next steps; each `release_status` among them waits for `wait` seconds."""
    view = _View(project, now, f"`release_status(wait_seconds={wait})`", last_word(project))
    question = project.rollback_approval
    asked = (_rollback_question(view, question),) if question is not None else ()
    if project.hold is not None:
        asked = (*asked, f"Tell a person that {project.hold.by} put releases on hold. {UNHOLD}")
    if project.operation is not None and project.state not in _FOLLOWED:
        return (*asked, f"Follow the running operation with {view.follow}.")
    if project.state in _CANDIDATES and prepared_with_older_policy(project):
        return (*asked, *_AGAIN)
    if project.hold is not None and project.state in _HELD:
        return (*asked, f"Wait for that with {view.follow}.")
    if project.pin is None and project.state in (_S.IDLE, _S.ACTIVE):
        asked = (*asked, "A person reads and pins the policy with `sentinel trust`.")
    return (*asked, *_NEXT[project.state](view))


_HELD = frozenset({_S.ACTIVE, _S.RELEASE_CANDIDATE, _S.SOAKING, _S.AWAITING_APPROVAL})
"""States in which nothing can be done during a hold."""
_OUTSIDE = 'They allow it outside of the window with `sentinel window waive --reason "…"`.'
_FOLLOWED = frozenset({_S.STAGING, _S.DEPLOYING, _S.VERIFYING, _S.ARCHIVED, _S.ROLLING_BACK})


_CANDIDATES = frozenset({_S.RELEASE_CANDIDATE, _S.SOAKING, _S.AWAITING_APPROVAL})
_AGAIN = (
    f'{OLDER_POLICY} Call `abandon_release(reason="…")`, or a person runs `sentinel abandon --reason "…"`.',
    'Then call `run_tests` and `prepare_release(type="…")`.',
)


def _sprint(view: _View) -> tuple[str, ...]:
    """A hotfix is a patch."""
    steps = _active(view)
    return tuple(step.replace('type="…"', 'type="patch"') for step in steps) if view.project.hotfix else steps


def _active(view: _View) -> tuple[str, ...]:
    ended = (view.last.kind, view.last.ok) if view.last and not view.wanted else None
    if ended == (_K.TESTS, True):
        return ('When the sprint\'s tasks are done, call `prepare_release(type="…")`.',)
    if ended == (_K.TESTS, False):
        return (f"{view.fix or 'Fix what stopped the tests, and commit it.'} Then call `run_tests`.",)
    if ended == (_K.PREPARE, False):
        fix = view.fix or "Fix what blocks the release, as each `Blocked by` line says."
        return (f'{fix} Then call `run_tests` and `prepare_release(type="…")`.',)
    if ended == (_K.ROLLBACK, True):
        return (
            'Correct the release that was rolled back, commit it, call `run_tests`, then `prepare_release(type="…")`.',
        )
    return ('Finish the sprint\'s tasks, call `run_tests`, then `prepare_release(type="…")`.',)


def _candidate(view: _View) -> tuple[str, ...]:
    if view.last is not None and view.last.kind is _K.STAGING and not view.wanted:
        again = 'If the fault is in staging itself, fix it there and call `deploy(target="staging")`.'
        return (again, 'Otherwise call `abandon_release(reason="…")`, correct the code, commit it and prepare again.')
    return ('Call `deploy(target="staging")`.',)


def _soaking(view: _View) -> tuple[str, ...]:
    staged = view.project.release.staged if view.project.release else None
    if staged is not None and not staged.soak.is_over(view.now):
        if closed_window(view.project, view.now.wall + staged.soak.remaining(view.now)) is not None:
            return (
                f"Wait for the soak and the window with {view.follow}; when both allow it, call {view.deploy}.",
                f"If it cannot wait for the window, tell a person. {_OUTSIDE}",
            )
        return (f"Wait for the end of the soak with {view.follow}.", f"When it is over, call {view.deploy}.")
    if closed_window(view.project, view.now.wall) is not None:
        return (
            f"Wait for the window with {view.follow}; when it is open, call {view.deploy}.",
            f"If it cannot wait, tell a person. {_OUTSIDE}",
        )
    if view.last is None or view.last.kind is _K.ROLLBACK:
        return (f"Call {view.deploy}.",)
    if view.last.refused:
        return (f"Ask a person whether {view.tag} should go to production; if so, call {view.deploy}.",)
    if view.fix:
        return (view.fix, f"If {view.tag} can go on after that, call {view.deploy}.")
    return (
        f"Correct what stopped it, then call {view.deploy}.",
        'If that cannot be corrected, call `abandon_release(reason="…")` and prepare another release.',
    )


def _awaiting(view: _View) -> tuple[str, ...]:
    """What an agent tells its person: the command, the version and the time left."""
    approval, release = view.project.approval, view.project.release
    changes = f" ({release.changes})" if release else ""
    if closed_window(view.project, view.now.wall) is not None:
        closed = f"Tell a person: the approval is not used while the window is closed. {_OUTSIDE}"
        return (closed, f"Wait for the window and the answer with {view.follow}.")
    asked = _asks(view, approval, f"{view.tag}{changes} goes to production") if approval else ""
    return (asked, f"Then wait for the answer with {view.follow}.")


def _rollback_question(view: _View, approval: Approval) -> str:
    plan = view.project.asked_rollback
    way = f" from {plan.leaving.tag} to {plan.target.tag}" if plan and plan.target else ""
    return _asks(view, approval, f"production goes back{way}")


def _asks(view: _View, approval: Approval, what: str) -> str:
    rules = rules_of(view.project, approval.kind)
    count = f" ({len(approval.signatures)} of {rules.required} approvals)" if rules.approvers is not None else ""
    until = f"until {approval.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    where = f"in a terminal in the repository of {view.project.name}"
    return f"Tell a person: {what} only when they run `sentinel approve` {where}, {until}{count}."


def _rolling_back(view: _View) -> tuple[str, ...]:
    plan = view.project.rollback
    follow = f"Follow the rollback with {view.follow}; change nothing in production until it has ended."
    if plan is None or plan.cause in ASKED:
        return (follow,)
    return (follow, f"Tell a person that {plan.leaving.tag} failed; then correct it and release a new version.")


def _halted(view: _View) -> tuple[str, ...]:
    back = '`sentinel rollback --reason "…"` or ' if can_roll_back(view.project) else ""
    resolve = "`sentinel resolve --production VERSION|none`"
    if view.project.history_fault:
        return (
            "A person restores the newest copy of the store, and Sentinel goes on from there.",
            f"If that is lost, a person looks at production, then runs {back}{resolve}, which accepts the loss.",
        )
    return (f"A person looks at production, then runs {back}{resolve}.",)


_NEXT: dict[State, Callable[[_View], tuple[str, ...]]] = {
    _S.IDLE: lambda _view: ('Call `start_sprint(name="…")`.',),
    _S.ACTIVE: _sprint,
    _S.RELEASE_CANDIDATE: _candidate,
    _S.STAGING: lambda view: (f"Follow the staging deployment with {view.follow}.",),
    _S.SOAKING: _soaking,
    _S.AWAITING_APPROVAL: _awaiting,
    _S.DEPLOYING: lambda view: (f"Follow the deployment with {view.follow}.",),
    _S.VERIFYING: lambda view: (f"Follow the verification with {view.follow}.",),
    _S.ARCHIVED: lambda view: (f"Wait for the closure with {view.follow}.",),
    _S.ROLLING_BACK: _rolling_back,
    _S.HALTED: _halted,
}


@dataclass(frozen=True, slots=True)
class Attention:
    """The parts of a project that somebody may have to act on; `resting` is the state while nothing runs."""

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
    """Whether a wait that began with `before` ends. An operation that starts or continues needs nobody."""
    running = after.resting is None
    return after != (replace(before, resting=None) if running else before)


def _open(approval: Approval | None) -> str | None:
    return approval.id if approval is not None and approval.claim is None else None
