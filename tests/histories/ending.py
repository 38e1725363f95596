"""After everything has healed: out of every state by legal means, and a whole release all the same."""

from collections.abc import Awaitable, Callable

import anyio

from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.tools.requests import (
    AbandonRelease,
    Deploy,
    PrepareRelease,
    Request,
    RunTests,
    StartSprint,
)
from sentinel.engine.people.approval import Approve, OpenQuestion, Reject
from sentinel.engine.people.findings import Findings, ResolveFinding
from sentinel.engine.people.line import LetTheLineGoOn
from sentinel.engine.people.production import Resolve
from sentinel.engine.people.sprint import CloseSprint
from sentinel.engine.people.trust import PreviewTrust, Trust
from tests.histories.outside import PROJECT
from tests.histories.stage import Stage

_S = State
BY = "person:ada"
STEPS = 8
PATIENCE_SECONDS = 120


async def go_home(stage: Stage) -> None:
    """To IDLE, from wherever the history has ended."""
    for _ in range(STEPS):
        project = await _project(stage)
        if project.rollback_approval is not None:
            await stage.ask_as(BY, Reject())
        elif project.state is _S.IDLE:
            return
        else:
            await _LEAVE.get(project.state, _abandon)(stage)
        await _rest(stage)
    stage.outside.find(f"no way out of {(await _project(stage)).state}")


async def _resolve(stage: Stage) -> None:
    await stage.ask_as(BY, Resolve(production=None))


async def _close_sprint(stage: Stage) -> None:
    await stage.ask_as(BY, CloseSprint())


async def _abandon(stage: Stage) -> None:
    await _request(stage, AbandonRelease(reason="We start anew."))


_LEAVE: dict[State, Callable[[Stage], Awaitable[None]]] = {_S.HALTED: _resolve, _S.ACTIVE: _close_sprint}


async def release_all_the_same(stage: Stage) -> None:
    """What is mended can be released: from IDLE to IDLE, with a new version in production."""
    held = (await _project(stage)).hold
    if held is not None:
        await stage.ask_as(BY, LetTheLineGoOn(reason=held.reason))
    stage.outside.commit()
    await _request(stage, StartSprint(name="At last"))
    shown = await stage.ask_as(BY, PreviewTrust())
    await stage.ask_as(BY, Trust(digest=shown.digest))
    await _request(stage, RunTests())
    for stored in await stage.ask_as(BY, Findings(open_only=True)):
        await stage.ask_as(BY, ResolveFinding(number=stored.number, reason="seen"))
    await _request(stage, PrepareRelease(type="major"))
    await _request(stage, Deploy(target="staging"))
    release = (await _project(stage)).release
    assert release is not None, "there is no candidate, although nothing was wrong with it"
    await anyio.sleep(release.policy.staging.soak.total_seconds())
    await _request(stage, Deploy(target="production", version=release.tag))
    asked = await stage.ask_as(BY, OpenQuestion())
    stage.outside.see("person approved", asked.approval_id, asked.plan_digest)
    await stage.ask_as(
        BY,
        Approve(approval_id=asked.approval_id, plan_digest=asked.plan_digest, phrase=asked.phrase, channel="terminal"),
    )
    await _rest(stage)
    project = await _project(stage)
    runs = project.production.tag if project.production else None
    if (project.state, runs) != (_S.IDLE, release.tag):
        stage.outside.find(f"nothing was wrong, and {release.tag} ended in {project.state} with {runs} in production")


async def _request(stage: Stage, request: Request) -> None:
    """And its operation to the end."""
    answer = await stage.ask(lambda parts: parts.agents.request(PROJECT, request, actor="agent:codex"))
    stage.outside.say(f"at last: {request!r}: {answer.status.message}")
    if not answer.status.ok:
        stage.outside.find(f"nothing was wrong, and {request!r} was refused: {answer.status.message}")
    await _rest(stage)


async def _rest(stage: Stage) -> None:
    """Until nothing runs."""
    with anyio.move_on_after(PATIENCE_SECONDS):
        while (await _project(stage)).operation is not None:
            await anyio.sleep(1)
        return
    stage.outside.find(f"an operation does not end: {(await _project(stage)).operation}")


async def _project(stage: Stage) -> Project:
    project, _ = await stage.ask(lambda parts: parts.agents.project(PROJECT))
    return project
