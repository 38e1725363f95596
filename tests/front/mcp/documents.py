"""Project documents in the states that the tools depend on, made by the functions of the core."""

from datetime import UTC, datetime, timedelta

from sentinel.core.approval.question import ask_approval
from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.release.contents import Changes
from sentinel.core.release.lifecycle import (
    accept_candidate,
    begin,
    request_approval,
    staging_passed,
    start_sprint,
    start_staging,
)
from sentinel.core.release.model import (
    Artifact,
    Operation,
    OperationKind,
    Outcome,
    Project,
    Release,
    Soak,
    SprintRecord,
    Staged,
)
from sentinel.core.values.times import Instant

NOON = Instant(wall=datetime(2026, 11, 24, 12, tzinfo=UTC), boot_id="boot", boot_seconds=1000.0)
SOAK = timedelta(minutes=10)
ACTOR = "agent:test"


def later(now: Instant, delta: timedelta) -> Instant:
    seconds = now.boot_seconds + delta.total_seconds()
    return Instant(wall=now.wall + delta, boot_id=now.boot_id, boot_seconds=seconds)


def policy(*channels: str) -> Policy:
    named = ", ".join(f'"{channel}"' for channel in channels or ("terminal",))
    return read_policy(
        f"""schema = 1
        [project]
        id = "shop-7f3a"
        name = "shop"
        [build]
        command = "make"
        artifacts = ["dist/*"]
        [tests]
        command = "make test"
        [staging]
        deploy = "deploy/staging.sh"
        smoke = "deploy/smoke.sh"
        url = "http://127.0.0.1:8001"
        [production]
        deploy = "deploy/production.sh"
        rollback = "deploy/rollback.sh"
        url = "http://127.0.0.1:8002"
        [production.approval]
        channels = [{named}]
        """.encode()
    )


def idle() -> Project:
    return Project(id="shop-7f3a", name="shop", root="/srv/shop")


def active() -> Project:
    return start_sprint(idle(), SprintRecord(id="s1", name="Autumn", started_at=NOON.wall), ACTOR).project


def candidate(*channels: str) -> Project:
    project = operating(active(), OperationKind.PREPARE)
    release = Release(
        id="r1",
        bump="minor",
        version="1.2.0",
        commit="c" * 40,
        tree="d" * 40,
        tag="v1.2.0",
        tag_object="e" * 40,
        artifacts=(Artifact(name="dist/shop", sha256="a" * 64, size=3),),
        changes=Changes(files=5, insertions=120, deletions=40),
        policy=policy(*channels),
        policy_digest="f" * 64,
        created_at=NOON.wall,
    )
    return accept_candidate(project, release, ended(project, "v1.2.0 is the release candidate.")).project


def soaking(*channels: str, started: Instant = NOON) -> Project:
    project = candidate(*channels)
    project = start_staging(project, operation(project, OperationKind.STAGING)).project
    assert project.release is not None
    staged = Staged(artifacts=project.release.artifacts, soak=Soak(started=started, length=SOAK))
    return staging_passed(project, staged, ended(project, "Staging passed.")).project


def awaiting(project: Project, now: Instant) -> Project:
    """From a running promotion to the question that it ends with."""
    assert project.release is not None
    approval = ask_approval(project, project.release, id="a1", nonce="n1", now=now)
    return request_approval(project, approval, ended(project, "v1.2.0 waits for a human's approval."), now).project


def operating(project: Project, kind: OperationKind) -> Project:
    return begin(project, operation(project, kind)).project


def operation(project: Project, kind: OperationKind, step: str = "") -> Operation:
    fence = project.fence + 1
    return Operation(id=f"op{fence}", kind=kind, fence=fence, arguments={}, requested_by=ACTOR, started=NOON, step=step)


def ended(project: Project, message: str, *, ok: bool = True) -> Outcome:
    assert project.operation is not None
    running = project.operation
    return Outcome(operation_id=running.id, kind=running.kind, ok=ok, message=message, ended_at=NOON.wall)
