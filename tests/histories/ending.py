"""After everything has healed: out of every state by legal means, and a whole release all the same."""

from collections.abc import Awaitable, Callable

import anyio

from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import AbandonRelease, Deploy, PrepareRelease, Request, RunTests, StartSprint
from sentinel.engine.people.approval import Approve, OpenQuestion, Reject
from sentinel.engine.people.candidate import UnholdReleases
from sentinel.engine.people.findings import Findings, ResolveFinding
from sentinel.engine.people.production import Resolve
from sentinel.engine.people.sprint import CloseSprint, EndHotfix
from sentinel.engine.people.trust import PreviewTrust, Trust
from tests.histories.host import Host
from tests.histories.outside import PROJECT

_S = State
BY = "person:ada"
STEPS = 8
PATIENCE_SECONDS = 120


async def go_to_idle(host: Host) -> None:
    """To IDLE, from wherever the history has ended."""
    for _ in range(STEPS):
        project = await project_of(host)
        if project.rollback_approval is not None:
            await host.ask_as(BY, Reject())
        elif project.state is _S.IDLE:
            return
        else:
            await _LEAVE.get(project.state, _abandon)(host)
        await rest(host)
    host.outside.find(f"no way out of {(await project_of(host)).state}")


async def _resolve(host: Host) -> None:
    await host.ask_as(BY, Resolve(production=None))


async def _close_sprint(host: Host) -> None:
    await host.ask_as(BY, CloseSprint())


async def _abandon(host: Host) -> None:
    await _request(host, AbandonRelease(reason="We start anew."))


_LEAVE: dict[State, Callable[[Host], Awaitable[None]]] = {_S.HALTED: _resolve, _S.ACTIVE: _close_sprint}


async def release_all_the_same(host: Host) -> None:
    """What is mended can be released: from IDLE to IDLE, with a new version in production."""
    project = await project_of(host)
    if project.hold is not None:
        await host.ask_as(BY, UnholdReleases(reason=project.hold.reason))
    if project.hotfix is not None:
        await host.ask_as(BY, EndHotfix())
    host.outside.commit()
    await _request(host, StartSprint(name="At last"))
    shown = await host.ask_as(BY, PreviewTrust())
    await host.ask_as(BY, Trust(digest=shown.digest))
    await _request(host, RunTests())
    for stored in await host.ask_as(BY, Findings(open_only=True)):
        await host.ask_as(BY, ResolveFinding(number=stored.number, reason="seen"))
    await _request(host, PrepareRelease(type="major"))
    await _request(host, Deploy(target="staging"))
    release = (await project_of(host)).release
    assert release is not None, "there is no candidate, although nothing was wrong with it"
    await anyio.sleep(release.policy.staging.soak.total_seconds())
    await _request(host, Deploy(target="production", version=release.tag))
    asked = await host.ask_as(BY, OpenQuestion())
    host.outside.see("person approved", asked.approval_id, asked.plan_digest)
    host.outside.plans[asked.plan_digest] = asked.document
    await host.ask_as(
        BY,
        Approve(approval_id=asked.approval_id, plan_digest=asked.plan_digest, phrase=asked.phrase, channel="terminal"),
    )
    await rest(host)
    project = await project_of(host)
    runs = project.production.tag if project.production else None
    if (project.state, runs) != (_S.IDLE, release.tag):
        host.outside.find(f"nothing was wrong, and {release.tag} ended in {project.state} with {runs} in production")


async def _request(host: Host, request: Request) -> None:
    """And its operation to the end."""
    answer = await host.ask(lambda parts: parts.agents.request(PROJECT, request, actor="agent:codex"))
    host.outside.say(f"at last: {request!r}: {answer.status.message}")
    if not answer.status.ok:
        host.outside.find(f"nothing was wrong, and {request!r} was refused: {answer.status.message}")
    await rest(host)


async def rest(host: Host) -> None:
    """Until nothing runs."""
    with anyio.move_on_after(PATIENCE_SECONDS):
        while (await project_of(host)).operation is not None:
            await anyio.sleep(1)
        return
    host.outside.find(f"an operation does not end: {(await project_of(host)).operation}")


async def project_of(host: Host) -> Project:
    project, _ = await host.ask(lambda parts: parts.agents.project(PROJECT))
    return project
