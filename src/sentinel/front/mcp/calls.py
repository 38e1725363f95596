"""What a tool call does: ask the engine, which checks everything again, then watch what it started."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from sentinel.core.release.model import Project, Requester
from sentinel.core.release.states import PDV_FAILURE
from sentinel.core.tools.catalog import CALL_BUDGET_SECONDS, PreviewRelease, ReleaseStatusRequest, Request, Tool
from sentinel.core.tools.next_steps import Attention, attention, calls_for_somebody, named_wait
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.printable import printable
from sentinel.engine.agents import Agents
from sentinel.engine.approvals import Question
from sentinel.engine.statuses import Answer
from sentinel.errors import RefusedError
from sentinel.errors.connection import BadArgumentError, PreviewTimeoutError, UnknownToolError
from sentinel.front.bad_argument import SHOWN, bad_argument
from sentinel.front.mcp.elicitation import (
    DECLINED,
    Elicitations,
    asked_form,
    form,
    give_answer,
    is_answer,
    kind_asked,
    shows_forms,
)
from sentinel.front.mcp.tools import status_result

RELIST_SECONDS = 1.3
"""How long an answer waits for the client to read a changed list: some read at most once a second."""
SETTLE_SECONDS = 0.15
"""How long after its last `tools/list` an answer is sent: the client has to process the list first."""
HEARTBEAT_SECONDS = 5.0
"""How often progress is reported while nothing changes: some clients give a silent call up."""
SHORTEST_FORM_SECONDS = 2.0
"""With less of the call's budget left, no form is shown: it would close before anybody read it."""
PLACEHOLDER = "random_string"
"""What some clients send because they cannot call a tool without an argument."""
CallResult = types.CallToolResult | types.InputRequiredResult
Report = Callable[[str], Awaitable[None]]


class LastRead:
    """The list that a client read last, by its signature; None if it never asked for one."""

    def __init__(self) -> None:
        self.signature: str | None = None
        self._at = 0.0
        self._read = anyio.Event()
        self._reads_again = True

    def note(self, signature: str) -> None:
        self.signature = signature
        self._at = anyio.current_time()
        self._reads_again = True
        read, self._read = self._read, anyio.Event()
        read.set()

    async def settle(self, holds: Callable[[], str | None], since: float) -> None:
        """Waits until the client has read the list that `holds`, and had time to process what it has read `since`.

        If a client lets this wait time out, the next waits for it only after it has read a list: it may never read one.
        """
        if self.signature is not None and self._reads_again:
            with anyio.move_on_after(RELIST_SECONDS) as waiting:
                while self.signature != holds():
                    await self._read.wait()
            self._reads_again = not waiting.cancelled_caught
        if self._at >= since:
            await anyio.sleep(max(0.0, self._at + SETTLE_SECONDS - anyio.current_time()))


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


@dataclass(frozen=True, slots=True)
class Call:
    """A running call: by whom, in which project, and its deadline (on the loop's clock).

    `wait` is how long its answer tells the client to wait next.
    """

    ctx: ServerRequestContext[Any, Any]
    project_id: str
    actor: str
    deadline: float
    progress: Progress
    wait: int


class Calls:
    """The calls of one client, and what it saw and read last; `requester` is whom the client works for.

    `streams` are those that it listens on for changes: in the 2026 era over HTTP each is a connection of its own.
    """

    def __init__(self, agents: Agents, elicitations: Elicitations, requester: Requester, *, longest_wait: int) -> None:
        self._agents = agents
        self._elicitations = elicitations
        self._requester = requester
        self._longest_wait = longest_wait
        self._asked: str | None = None
        self._answers = 0
        self.seen: Attention | None = None
        self.read = LastRead()
        self.streams = 0

    def next_wait(self) -> int:
        """How long the next answer tells the client to wait."""
        self._answers += 1
        return named_wait(self._longest_wait, self._answers - 1)

    async def answer(
        self, project_id: str, ctx: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> CallResult:
        """Raises SentinelError if a call is refused before it reaches the engine."""
        deadline = anyio.current_time() + CALL_BUDGET_SECONDS
        call = Call(ctx, project_id, self._actor(ctx), deadline, Progress(ctx.session), self.next_wait())
        if is_answer(params):
            answer = await self._elicitations.take(project_id, params, call.actor)
            return status_result(await self._decided(call, answer))
        tool, request = read_request(params.name, params.arguments, longest_wait=self._longest_wait)
        if isinstance(request, ReleaseStatusRequest):
            return status_result(await self._poll(call, request.wait_seconds))
        if isinstance(request, PreviewRelease):
            return status_result(await self._preview(call, request))
        return await self._carry_out(call, tool, request)

    async def _poll(self, call: Call, seconds: int) -> ReleaseStatus:
        if not seconds:
            return await self._agents.status(call.project_id, wait=call.wait)
        agents, seen = self._agents, self.seen
        return await wait_for_somebody(agents, call.project_id, seen, seconds, call.progress, wait=call.wait)

    async def _preview(self, call: Call, request: PreviewRelease) -> ReleaseStatus:
        """Raises PreviewTimeoutError: a remote may not answer for longer than a client waits."""
        with anyio.move_on_at(call.deadline):
            return await self._agents.preview(call.project_id, request, wait=call.wait)
        raise PreviewTimeoutError(seconds=CALL_BUDGET_SECONDS)

    async def _carry_out(self, call: Call, tool: Tool, request: Request) -> CallResult:
        answer = await self._agents.request(
            call.project_id, request, actor=call.actor, requester=self._requester, wait=call.wait
        )
        status = await self._followed(call, answer)
        question = await self._question(call, status, kind_asked(request))
        if question is None:
            return status_result(status)
        if call.ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return self._elicitations.ask(call.project_id, tool, question)
        return status_result(await self._ask_now(call, tool, question))

    async def _followed(self, call: Call, answer: Answer) -> ReleaseStatus:
        if answer.operation_id is None:
            return answer.status
        agents, followed = self._agents, answer.operation_id
        return await follow(agents, call.project_id, followed, call.deadline, call.progress, wait=call.wait)

    async def _question(self, call: Call, status: ReleaseStatus, kind: str | None) -> Question | None:
        """The open question of `kind`, if policy and client have the channel; each question is asked only once."""
        waits = status.ok and status.approval is not None and status.approval.kind == kind
        if not waits or not shows_forms(call.ctx.session.client_capabilities):
            return None
        try:
            question = await self._agents.question(call.project_id)
        except RefusedError:  # answered on another channel meanwhile
            return None
        asked = question.approval_id == self._asked
        if asked or question.kind != kind or "elicitation" not in question.channels:
            return None
        self._asked = question.approval_id
        return question

    async def _ask_now(self, call: Call, tool: Tool, question: Question) -> ReleaseStatus:
        """The 2025 era: a request to the client within the call, given up with the call's budget."""
        left = min(call.deadline - anyio.current_time(), question.expires_in_seconds)
        if left < SHORTEST_FORM_SECONDS:
            return await self._decided(call, None)
        asked = asked_form(call.project_id, tool, question)
        try:
            response = await call.ctx.session.send_request(
                types.ElicitRequest(params=form(question)),
                types.ElicitResult,
                request_read_timeout_seconds=left,
                metadata=ServerMessageMetadata(related_request_id=call.ctx.request_id),
            )
        except (MCPError, ValidationError):  # no answer in time, or none that could be read
            return await self._decided(call, None)
        return await self._decided(call, await give_answer(self._agents, asked, response, call.actor))

    async def _decided(self, call: Call, answer: Answer | None) -> ReleaseStatus:
        if answer is not None:
            return await self._followed(call, answer)
        status = await self._agents.status(call.project_id, wait=call.wait)
        return status.model_copy(update={"message": DECLINED}) if status.approval is not None else status

    def _actor(self, ctx: ServerRequestContext[Any, Any]) -> str:
        """The client as it names itself, which is recorded and never trusted. A person chose the name of a token."""
        client = ctx.session.client_params
        name = printable(self._agents.mask(client.client_info.name), limit=60) if client is not None else "unnamed"
        token = self._requester.token
        return f"agent:{name} (token {token})" if token else f"agent:{name}"


def read_request(
    name: str, arguments: dict[str, object] | None, *, longest_wait: int
) -> tuple[Tool, Request | PreviewRelease | ReleaseStatusRequest]:
    """Raises UnknownToolError or BadArgumentError."""
    tool = next((known for known in Tool if known == name), None)
    if tool is None:
        raise UnknownToolError(name=printable(name, limit=SHOWN), known=", ".join(Tool))
    try:
        request = tool.entry.request.model_validate(_meant(tool, arguments or {}), strict=True)
    except ValidationError as error:
        raise bad_argument(tool, error) from None
    if isinstance(request, ReleaseStatusRequest) and request.wait_seconds > longest_wait:
        expected, found = f"less than or equal to {longest_wait}", str(request.wait_seconds)
        raise BadArgumentError(tool=tool, argument="wait_seconds", found=found, expected=expected)
    return tool, cast("Request | PreviewRelease | ReleaseStatusRequest", request)


def _meant(tool: Tool, arguments: dict[str, object]) -> dict[str, object]:
    """The arguments without the placeholder, if the tool requires none."""
    if any(field.is_required() for field in tool.entry.request.model_fields.values()):
        return arguments
    return {name: value for name, value in arguments.items() if name != PLACEHOLDER}


async def follow(
    agents: Agents, project_id: str, operation_id: str, deadline: float, report: Report, *, wait: int
) -> ReleaseStatus:
    """How the operation ended, or its state at `deadline` (on the loop's clock); `wait` is for its next steps.

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
    agents: Agents, project_id: str, seen: Attention | None, seconds: float, report: Report, *, wait: int
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


def progress_line(message: str) -> str:
    """The first line, and what runs below it where that is the protocol's own sentence."""
    first, *rest = message.split("\n", 2)
    return f"{first}\n{rest[0]}" if first == PDV_FAILURE and rest else first


def shows(answer: Mapping[str, Any], project: Project) -> bool:
    """Whether `answer` shows the state of `project`, which may have changed since."""
    operation = project.operation.id if project.operation else None
    sprint = project.sprint.name if project.sprint else None
    shown = (answer["state"], (answer["operation"] or {}).get("id"), answer["sprint"])
    return shown == (project.state, operation, sprint)
