"""What each tool call begins, inside one transaction and by the persisted state alone."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from sentinel.core.approval.approvers import rules_of
from sentinel.core.approval.question import ask_rollback
from sentinel.core.release.cause import Cause
from sentinel.core.release.holding import UNHOLD, held_sentence, hold_line
from sentinel.core.release.lifecycle import begin, start_sprint, start_staging
from sentinel.core.release.model import (
    NOBODY,
    Hold,
    Operation,
    OperationKind,
    Release,
    Requester,
    SprintRecord,
)
from sentinel.core.release.rollback import IN_PRODUCTION, ask, plan_rollback
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import Tool, access
from sentinel.core.tools.next_steps import next_steps
from sentinel.core.tools.requests import (
    AbandonRelease,
    Deploy,
    EmergencyRollback,
    HoldRelease,
    PrepareRelease,
    Request,
    RunTests,
    StartSprint,
)
from sentinel.engine.approvals import begin_rollback
from sentinel.engine.operations.cancellation import ask_to_end, give_up
from sentinel.engine.runtime.run import new_operation
from sentinel.errors.release import LockedToolError, NothingToLeaveError, VersionRequiredError, WrongVersionError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World

REQUESTED = frozenset({State.AWAITING_APPROVAL, State.DEPLOYING, State.VERIFYING, State.ARCHIVED})
"""States in which the production deployment of the candidate has been asked for already."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a request has set off: an operation to follow, or a sentence where it is done already."""

    operation_id: str | None = None
    message: str | None = None


def begin_request(world: World, tx: Transaction, request: Request, actor: str, requester: Requester = NOBODY) -> Begun:
    """Raises LockedToolError where the state does not allow it; an identical repeated request begins nothing new."""
    match request:
        case StartSprint(name=name):
            return _start_sprint(world, tx, name, actor)
        case RunTests():
            return _start(world, tx, Tool.RUN_TESTS, OperationKind.TESTS, {}, actor)
        case PrepareRelease(type=kind):
            return _start(world, tx, Tool.PREPARE_RELEASE, OperationKind.PREPARE, {"type": kind}, actor)
        case Deploy(target=target, version=version):
            deploy = _deploy_to_staging if target == "staging" else _deploy_to_production
            return deploy(world, tx, version, actor, requester)
        case EmergencyRollback(reason=reason):
            return _emergency_rollback(world, tx, reason, actor, requester)
        case AbandonRelease(reason=reason):
            return _abandon(world, tx, reason, actor)
        case HoldRelease(reason=reason):
            return hold(tx, reason, actor)


def require(tx: Transaction, tool: Tool, target: str | None = None) -> None:
    """Raises LockedToolError with the lock's reason."""
    lock = access(tx.project, tx.now, tool, target).lock
    if lock is not None:
        raise LockedToolError(reason=lock.reason, instead=next_steps(tx.project, tx.now)[0])


def _running(tx: Transaction, kind: OperationKind, arguments: dict[str, JsonValue]) -> Operation | None:
    """The operation that an identical earlier request has begun."""
    operation = tx.project.operation
    same = operation is not None and operation.kind is kind and operation.arguments == arguments
    return operation if same else None


def _start(
    world: World, tx: Transaction, tool: Tool, kind: OperationKind, arguments: dict[str, JsonValue], actor: str
) -> Begun:
    running = _running(tx, kind, arguments)
    if running is not None:
        return Begun(running.id)
    require(tx, tool)
    if tx.project.operation is not None:
        raise LockedToolError(reason=f"The operation {kind} is running with other arguments.", instead="Wait for it.")
    operation = new_operation(world, tx, kind, actor, arguments)
    tx.apply(begin(tx.project, operation))
    return Begun(operation.id)


def _start_sprint(world: World, tx: Transaction, name: str, actor: str) -> Begun:
    require(tx, Tool.START_SPRINT)
    sprint = SprintRecord(id=world.new_id(), name=name, started_at=tx.now.wall)
    tx.apply(start_sprint(tx.project, sprint, actor))
    return Begun(message=f"Sprint {name} has started.")


def _deploy_to_staging(world: World, tx: Transaction, version: str | None, actor: str, _requester: Requester) -> Begun:
    running = _running(tx, OperationKind.STAGING, {})
    if running is None:
        require(tx, Tool.DEPLOY, "staging")
    release = tx.project.release
    if release is not None and version is not None and version not in _names(release):
        raise WrongVersionError(found=version, expected=release.tag, call='deploy(target="staging")')
    if running is not None:
        return Begun(running.id)
    operation = new_operation(world, tx, OperationKind.STAGING, actor)
    tx.apply(start_staging(tx.project, operation))
    return Begun(operation.id)


def _deploy_to_production(
    world: World, tx: Transaction, version: str | None, actor: str, requester: Requester
) -> Begun:
    release = tx.project.release
    if release is not None and tx.project.state in REQUESTED and version in _names(release):
        return _already_requested(tx, release)
    running = _running(tx, OperationKind.PROMOTION, {})
    if running is None:
        require(tx, Tool.DEPLOY, "production")
    if release is not None and version is None:
        raise VersionRequiredError(expected=release.tag)
    if release is not None and version not in _names(release):
        call = f'deploy(target="production", version="{release.tag}")'
        raise WrongVersionError(found=version, expected=release.tag, call=call)
    if running is not None:
        return Begun(running.id)
    operation = new_operation(world, tx, OperationKind.PROMOTION, actor, requester=requester)
    tx.apply(begin(tx.project, operation))
    return Begun(operation.id)


def _names(release: Release) -> tuple[str, ...]:
    return (release.tag, release.version, f"v{release.version}")


def _already_requested(tx: Transaction, release: Release) -> Begun:
    if tx.project.operation is not None:
        return Begun(tx.project.operation.id)
    return Begun(message=f"{release.tag} waits for a human's approval: a person runs `sentinel approve`.")


def _emergency_rollback(world: World, tx: Transaction, reason: str, actor: str, requester: Requester) -> Begun:
    """At once while the candidate is in production; elsewhere it waits for a human."""
    project = tx.project
    if project.state is State.ROLLING_BACK and project.operation is not None:
        return Begun(project.operation.id)
    require(tx, Tool.EMERGENCY_ROLLBACK)
    if project.state in IN_PRODUCTION:
        return Begun(begin_rollback(world, tx, reason, actor=actor))
    message = "The rollback waits for a human's approval: a person runs `sentinel approve`."
    if project.rollback_approval is not None:
        return Begun(message=message)
    plan = plan_rollback(project, reason=reason, cause=Cause.AGENT, now=tx.now.wall)
    if plan is None:
        raise NothingToLeaveError
    approval = ask_rollback(
        project,
        plan,
        id=world.new_id(),
        nonce=world.new_id(),
        now=tx.now,
        expires=rules_of(project, "rollback").expires,
        requester=requester,
        asked_by=actor,
    )
    tx.apply(ask(project, plan, approval, actor))
    return Begun(message=message)


def hold(tx: Transaction, reason: str, actor: str) -> Begun:
    """The first reason stands until the line is let go on: a second one says no more than that it is still held."""
    if tx.project.hold is None:
        tx.apply(hold_line(tx.project, Hold(reason=reason, by=actor, at=tx.now.wall)))
        running = f" The running {tx.project.operation.kind} is not interrupted." if tx.project.operation else ""
        return Begun(message=f"The line is held: nothing starts but a rollback.{running} {UNHOLD}")
    return Begun(message=f"{held_sentence(tx.project.hold)} {UNHOLD}")


def _abandon(world: World, tx: Transaction, reason: str, actor: str) -> Begun:
    """In ACTIVE and STAGING only what runs ends; a candidate that was being staged is still there."""
    require(tx, Tool.ABANDON_RELEASE)
    if tx.project.operation is None:
        return Begun(message=give_up(tx, reason, actor))
    then: Literal["stop", "abandon"] = "stop" if tx.project.state in (State.ACTIVE, State.STAGING) else "abandon"
    return Begun(ask_to_end(world, tx, then, reason, actor))
