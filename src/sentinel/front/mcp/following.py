"""Following an operation from a tool call: within its budget, with progress, and never owning it (design 3.1)."""

from collections.abc import Awaitable, Callable

import anyio
from mcp.server.session import ServerSession

from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.status import ReleaseStatus
from sentinel.engine.faces import AgentFace
from sentinel.front.mcp.tools import signature

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


async def follow(face: AgentFace, project_id: str, operation_id: str, deadline: float, report: Report) -> ReleaseStatus:
    """How the operation ended, or how it stands at `deadline` (of the loop's clock).

    Cancelling this only stops watching.
    """
    async with face.watch(project_id) as watch:
        while (ended := await face.outcome(project_id, operation_id)) is None:
            status = await face.status(project_id)
            left = deadline - anyio.current_time()
            if left <= 0:
                return status
            await report(first_line(status.message))
            await watch.wait(min(left, HEARTBEAT_SECONDS))
    return ended


View = tuple[Project, str]
"""What an answer shows: the persisted project, and which tools it unlocks; not what a step says of itself."""


def view_of(project: Project, now: Instant) -> View:
    return project, signature(project, now, "hide")


async def wait_for_change(
    face: AgentFace, project_id: str, seen: View | None, seconds: float, report: Report
) -> ReleaseStatus:
    """The status as soon as it is not what the client has `seen` last, at the latest after `seconds`.

    A wait that ended with every line of progress would be a poll.
    """
    deadline = anyio.current_time() + seconds
    async with face.watch(project_id) as watch:
        view = view_of(*await face.project(project_id))
        seen = seen or view
        while view == seen and (left := deadline - anyio.current_time()) > 0:
            await report(first_line((await face.status(project_id)).message))
            await watch.wait(min(left, HEARTBEAT_SECONDS))
            view = view_of(*await face.project(project_id))
    return await face.status(project_id)


def first_line(message: str) -> str:
    return message.partition("\n")[0]
