"""Following an operation from a tool call: within its budget, with progress, and never owning it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
from mcp.server.session import ServerSession

from sentinel.core.release.cause import PDV_FAILURE
from sentinel.core.release.model import Project
from sentinel.core.tools.attention import Attention, attention, calls_for_somebody
from sentinel.core.tools.status import ReleaseStatus
from sentinel.engine.agent_api import AgentApi

HEARTBEAT_SECONDS = 5.0
"""How often progress is reported while nothing changes: some clients give a silent call up."""

Report = Callable[[str], Awaitable[None]]


class Progress:
    """Progress notifications of one call: a rising count, and the status sentence whenever it is another one."""

    def __init__(self, session: ServerSession) -> None:
        self._session = session
        self._count = 0
        self._last = ("", 0.0)

    async def __call__(self, sentence: str) -> None:
        """Sent at once if new, else as a heartbeat; nothing where the client gave no token."""
        message, sent = self._last
        now = anyio.current_time()
        if sentence == message and now - sent < HEARTBEAT_SECONDS:
            return
        self._count += 1
        self._last = (sentence, now)
        await self._session.report_progress(self._count, message=sentence)


async def follow(
    agents: AgentApi, project_id: str, operation_id: str, deadline: float, report: Report, *, wait: int
) -> ReleaseStatus:
    """How the operation ended, or how it stands at `deadline` (of the loop's clock); `wait` is for its next steps.

    Cancelling this only stops watching.
    """
    async with agents.watch(project_id) as watch:
        while (ended := await agents.outcome(project_id, operation_id, wait=wait)) is None:
            status = await agents.status(project_id, wait=wait)
            left = deadline - anyio.current_time()
            if left <= 0:
                return status
            await report(progress_line(status.message))
            await watch.wait(min(left, HEARTBEAT_SECONDS))
    return ended


async def wait_for_somebody(
    agents: AgentApi, project_id: str, seen: Attention | None, seconds: float, report: Report, *, wait: int
) -> ReleaseStatus:
    """The status as soon as it calls for somebody, against what the client has `seen` last; at the latest after
    `seconds`. A wait that ended with every step would be a poll.
    """
    deadline = anyio.current_time() + seconds
    async with agents.watch(project_id) as watch:
        found = attention(*await agents.project(project_id))
        seen = seen or found
        while not calls_for_somebody(seen, found) and (left := deadline - anyio.current_time()) > 0:
            await report(progress_line((await agents.status(project_id)).message))
            await watch.wait(min(left, HEARTBEAT_SECONDS))
            found = attention(*await agents.project(project_id))
    return await agents.status(project_id, wait=wait)


def shows(answer: Mapping[str, Any], project: Project) -> bool:
    """Whether `answer` was made from `project`, as far as can be seen: it may have changed in between."""
    operation = project.operation.id if project.operation else None
    sprint = project.sprint.name if project.sprint else None
    shown = (answer["state"], (answer["operation"] or {}).get("id"), answer["sprint"])
    return shown == (project.state, operation, sprint)


def progress_line(message: str) -> str:
    """The first line, and what runs below it where that is the protocol's own sentence."""
    first, *rest = message.split("\n", 2)
    return f"{first}\n{rest[0]}" if first == PDV_FAILURE and rest else first
