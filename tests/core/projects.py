"""Values of the core for tests: policies, releases, and projects that the core's own functions brought to a state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sentinel.core.approval.question import ask_approval
from sentinel.core.policy.model import Policy
from sentinel.core.policy.pinning import Pin
from sentinel.core.release import lifecycle, rollback
from sentinel.core.release.contents import Changes
from sentinel.core.release.model import (
    NOBODY,
    Artifact,
    Claim,
    Deployed,
    Evidence,
    Operation,
    OperationKind,
    Outcome,
    Project,
    Release,
    Requester,
    Soak,
    SprintRecord,
    Staged,
)
from sentinel.core.release.states import Cause, Event, State
from sentinel.core.values.times import Instant

AGENT, PERSON = "agent:codex", "person:ada"
NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
SOAK = timedelta(minutes=10)


def instant(after: timedelta = timedelta(0), *, boot: str = "boot-1") -> Instant:
    """Noon and `after`, on both clocks."""
    return Instant(wall=NOON + after, boot_id=boot, boot_seconds=1000 + after.total_seconds())


SOAKED = instant(SOAK)
"""The moment at which a soak that began at noon is over."""


def policy(**sections: dict[str, object]) -> Policy:
    """A whole policy with the design's defaults; `staging={"soak": "1m"}` sets single keys of a section."""
    document: dict[str, dict[str, object]] = {
        "project": {"id": "shop-7f3a", "name": "shop"},
        "build": {"command": "make build", "artifacts": ["dist/*"]},
        "tests": {"command": "make test"},
        "staging": {"deploy": "deploy/staging.sh", "smoke": "deploy/smoke.sh", "url": "http://127.0.0.1:8001"},
        "production": {
            "deploy": "deploy/production.sh",
            "rollback": "deploy/rollback.sh",
            "url": "http://127.0.0.1:8002",
        },
    }
    merged = {name: {**document.get(name, {}), **sections.get(name, {})} for name in {*document, *sections}}
    return Policy.model_validate({"schema": 1, **merged})


POLICY = policy()
PIN = Pin(commit="c" * 40, files=(), digest="f" * 64, policy=POLICY, by=PERSON, at=NOON)


def artifact(name: str = "dist/shop.tar.gz", **fields: object) -> Artifact:
    return Artifact.model_validate({"name": name, "sha256": "a" * 64, "size": 10, **fields})


def release(version: str = "1.2.0", **fields: object) -> Release:
    """A release candidate; the protocol's own example where nothing is said."""
    values: dict[str, object] = {
        "id": f"release-{version}",
        "bump": "minor",
        "version": version,
        "commit": "c" * 40,
        "tree": "d" * 40,
        "tag": f"v{version}",
        "tag_object": "e" * 40,
        "artifacts": (artifact(),),
        "changes": Changes(files=5, insertions=120, deletions=40),
        "policy": POLICY,
        "policy_digest": "f" * 64,
        "created_at": NOON,
    }
    return Release.model_validate({**values, **fields})


def deployed(version: str, **fields: object) -> Deployed:
    """A release that production ran before."""
    return Deployed.of(release(version), NOON - timedelta(days=1)).model_copy(update=fields)


def sprint(id: str = "sprint-1") -> SprintRecord:
    return SprintRecord(id=id, name="Autumn", started_at=NOON)


def evidence(*, passed: bool = True) -> Evidence:
    return Evidence(tree="d" * 40, commit="c" * 40, passed=passed, ended=instant(), summary="12 passed")


def operation(project: Project, kind: OperationKind, *, by: str = AGENT) -> Operation:
    """The next operation of `project`."""
    fence = project.fence + 1
    return Operation(id=f"operation-{fence}", kind=kind, fence=fence, arguments={}, requested_by=by, started=instant())


def outcome(project: Project, message: str = "Done.", *, ok: bool = True) -> Outcome:
    """How the running operation of `project` ends."""
    assert project.operation is not None, f"nothing runs in {project.state}"
    running = project.operation
    return Outcome(operation_id=running.id, kind=running.kind, ok=ok, message=message, ended_at=NOON)


def staged(project: Project) -> Staged:
    """Staging of the candidate passed at noon."""
    assert project.release is not None, f"there is no candidate in {project.state}"
    return Staged(artifacts=project.release.artifacts, soak=Soak(started=instant(), length=SOAK))


def running(project: Project, kind: OperationKind) -> Project:
    """`project` with an operation that does not leave the state."""
    return lifecycle.begin(project, operation(project, kind)).project


def fresh(**fields: object) -> Project:
    return Project.model_validate({"id": "shop-7f3a", "name": "shop", "root": "/srv/shop", **fields})


def project(state: State = State.IDLE, *, candidate: Release | None = None, **fields: object) -> Project:
    """A project in `state`, on the way of a release of `candidate`; `fields` are those that it began with."""
    at = fresh(**fields)
    chosen = candidate or release()
    for step in _WAYS[state]:
        at = step(at, chosen)
    assert at.state is state
    return at


def rollback_asked(at: Project, *, requester: Requester = NOBODY) -> Project:
    """`at` with an agent's rollback that waits for a person."""
    plan = rollback.plan_rollback(at, reason="It is slow.", cause=Cause.AGENT, now=SOAKED.wall)
    assert plan is not None
    approval = ask_approval(at, plan, id="back", nonce="n", now=SOAKED, requester=requester, asked_by=AGENT)
    return rollback.ask(at, plan, approval, AGENT).project


def staging_failed(message: str = "Staging of v1.2.0 failed.") -> Project:
    """A release candidate that did not pass staging."""
    at = project(State.STAGING)
    return lifecycle.staging_failed(at, outcome(at, message, ok=False)).project


def claimed(lineage: tuple[Deployed, ...] = ()) -> Project:
    """AWAITING_APPROVAL, a human has said yes, and the deployment has not entered production yet."""
    return _claim(project(State.AWAITING_APPROVAL, lineage=lineage), release())


def _start(at: Project, _candidate: Release) -> Project:
    return lifecycle.start_sprint(at, sprint(), AGENT).project


def _prepare(at: Project, candidate: Release) -> Project:
    preparing = running(at, OperationKind.PREPARE)
    message = f"Release candidate {candidate.tag} is ready. Staging is unlocked."
    return lifecycle.accept_candidate(preparing, candidate, outcome(preparing, message)).project


def _stage(at: Project, _candidate: Release) -> Project:
    return lifecycle.start_staging(at, operation(at, OperationKind.STAGING)).project


def _pass_staging(at: Project, _candidate: Release) -> Project:
    return lifecycle.staging_passed(at, staged(at), outcome(at, "Staging is healthy.")).project


def _ask(at: Project, _candidate: Release) -> Project:
    promoting = running(at, OperationKind.PROMOTION)
    assert promoting.release is not None
    approval = ask_approval(promoting, promoting.release, id=f"approval-{at.fence}", nonce="nonce", now=SOAKED)
    ended = outcome(promoting, "It waits for a human's approval.")
    return lifecycle.request_approval(promoting, approval, ended, SOAKED).project


def _claim(at: Project, _candidate: Release) -> Project:
    claim = Claim(by=PERSON, channel="terminal", at=SOAKED.wall)
    return lifecycle.claim_approval(at, claim, operation(at, OperationKind.DEPLOYMENT, by=PERSON)).project


def _enter(at: Project, _candidate: Release) -> Project:
    return lifecycle.start_deployment(at, SOAKED).project


def _run(at: Project, _candidate: Release) -> Project:
    return lifecycle.deployment_passed(at, "It runs in production.").project


def _verify(at: Project, _candidate: Release) -> Project:
    return lifecycle.verification_passed(at, "It is good.", SOAKED.wall).project


def _leave(at: Project, _candidate: Release) -> Project:
    plan = rollback.plan_rollback(at, reason="It is bad.", cause=Cause.VERIFICATION_FAILED, now=SOAKED.wall)
    assert plan is not None
    following = operation(at, OperationKind.ROLLBACK, by="sentinel")
    ended = outcome(at, "It is bad.", ok=False)
    event = Event.VERIFICATION_FAILED
    return rollback.start_rollback(at, plan, following, event=event, actor="sentinel", outcome=ended).project


def _halt(at: Project, _candidate: Release) -> Project:
    return rollback.rollback_failed(at, outcome(at, "HALTED: the rollback failed.", ok=False)).project


Step = Callable[[Project, Release], Project]
_TO_PRODUCTION: tuple[Step, ...] = (_start, _prepare, _stage, _pass_staging, _ask, _claim, _enter, _run)
_WAYS: dict[State, tuple[Step, ...]] = {
    State.IDLE: (),
    State.ACTIVE: _TO_PRODUCTION[:1],
    State.RELEASE_CANDIDATE: _TO_PRODUCTION[:2],
    State.STAGING: _TO_PRODUCTION[:3],
    State.SOAKING: _TO_PRODUCTION[:4],
    State.AWAITING_APPROVAL: _TO_PRODUCTION[:5],
    State.DEPLOYING: _TO_PRODUCTION[:7],
    State.VERIFYING: _TO_PRODUCTION,
    State.ARCHIVED: (*_TO_PRODUCTION, _verify),
    State.ROLLING_BACK: (*_TO_PRODUCTION, _leave),
    State.HALTED: (*_TO_PRODUCTION, _leave, _halt),
}
"""Each state with the steps that lead to it from IDLE; HALTED through a rollback that failed."""
