"""The elicitation channel: a form from this server, answered once, in time and for exactly that plan.

An elicitation proves that a client answered, not that a human did; the policy's owner opts in to it.
"""

import secrets
from dataclasses import dataclass

import anyio
import mcp_types as types
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.audit.findings import Severity
from sentinel.core.tools.catalog import Deploy, EmergencyRollback, Request, Tool
from sentinel.engine.agents import Agents
from sentinel.engine.approvals import Question
from sentinel.engine.statuses import Answer
from sentinel.errors.connection import UnaskedAnswerError

FIELD = "confirmation"
RULE = "unasked-elicitation-answer"
DECLINED = (
    "The form was not confirmed, which decides nothing: the approval stays open, and a person runs `sentinel approve`."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open form: for whom, for which plan, and its deadline on the loop's clock."""

    project_id: str
    tool: Tool
    approval_id: str
    plan_digest: str
    deadline: float


class Elicitations:
    """The open forms of the 2026 era, by nonce; each is answered at most once."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._asked: dict[str, Asked] = {}

    def ask(self, project_id: str, tool: Tool, question: Question) -> types.InputRequiredResult:
        """The result that makes a client show the form and repeat the call with the answer."""
        now = anyio.current_time()
        self._asked = {nonce: asked for nonce, asked in self._asked.items() if asked.deadline > now}
        nonce = secrets.token_urlsafe(32)
        self._asked[nonce] = asked_form(project_id, tool, question)
        request = types.ElicitRequest(params=form(question))
        return types.InputRequiredResult(input_requests={FIELD: request}, request_state=nonce)

    async def take(self, project_id: str, params: types.CallToolRequestParams, actor: str) -> Answer | None:
        """The result of the answer in a call's params; None if the human declined.

        Raises UnaskedAnswerError, and records the high finding, for an answer that nobody asked for, that comes late
        or a second time.
        """
        asked = self._asked.pop(params.request_state or "", None)
        response = (params.input_responses or {}).get(FIELD)
        expected = (
            asked is not None
            and (asked.project_id, asked.tool) == (project_id, params.name)
            and asked.deadline > anyio.current_time()
        )
        if asked is None or not expected or not isinstance(response, types.ElicitResult):
            raise await unasked(self._agents, project_id)
        return await give_answer(self._agents, asked, response, actor)


class OpenRequests:
    """The open requests of the 2025 era on one connection, as they pass on the wire.

    The SDK drops a response that nobody waits for; an approval among those is worth a finding.
    """

    def __init__(self) -> None:
        self._open: set[str] = set()

    def sent(self, message: JSONRPCMessage) -> None:
        if isinstance(message, JSONRPCRequest):
            self._open.add(str(message.id))
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self._open.discard(str((message.params or {}).get("requestId")))

    def is_unasked_approval(self, message: JSONRPCMessage) -> bool:
        """Whether `message` accepts a form that is not open (any more)."""
        if not isinstance(message, JSONRPCResponse | JSONRPCError):
            return False
        asked = str(message.id) in self._open
        self._open.discard(str(message.id))
        return not asked and isinstance(message, JSONRPCResponse) and message.result.get("action") == "accept"


async def unasked(agents: Agents, project_id: str) -> UnaskedAnswerError:
    """Records the finding; returned for the caller to raise."""
    error = UnaskedAnswerError()
    await agents.report(project_id, severity=Severity.HIGH, rule=RULE, message=error.what)
    return error


async def give_answer(agents: Agents, asked: Asked, response: types.ElicitResult, actor: str) -> Answer | None:
    """An accepted form goes to the engine, which checks it like every approval; declining decides nothing."""
    if response.action != "accept":
        return None
    phrase = (response.content or {}).get(FIELD)
    given = ApprovalAnswer(
        approval_id=asked.approval_id,
        plan_digest=asked.plan_digest,
        phrase=phrase if isinstance(phrase, str) else "",
        channel="elicitation",
    )
    return await agents.answer_question(asked.project_id, given, actor=actor)


def asked_form(project_id: str, tool: Tool, question: Question) -> Asked:
    deadline = anyio.current_time() + question.expires_in_seconds
    return Asked(project_id, tool, question.approval_id, question.plan_digest, deadline)


def form(question: Question) -> types.ElicitRequestFormParams:
    """The first line says all, since some clients show no more of it; then come the commit and the exact block."""
    facts = ", ".join(line for line in question.text.splitlines()[1:-1])
    first = f"{question.name} at {question.commit[:12]}: {facts}. Type {question.phrase} to confirm."
    field = {"type": "string", "title": "Confirmation", "description": f"Type {question.phrase} to confirm."}
    return types.ElicitRequestFormParams(
        message=f"{first}\n\n{question.name} ({question.project}) at {question.commit}\n\n{question.text}",
        requested_schema={"type": "object", "properties": {FIELD: field}, "required": [FIELD]},
    )


def kind_asked(request: Request) -> str | None:
    """The kind of approval that `request` may end up waiting for."""
    if isinstance(request, Deploy) and request.target == "production":
        return "deployment"
    return "rollback" if isinstance(request, EmergencyRollback) else None


def shows_forms(capabilities: types.ClientCapabilities | None) -> bool:
    """Whether the client declared form elicitation; an empty declaration means forms."""
    offered = capabilities.elicitation if capabilities else None
    return offered is not None and (offered.form is not None or offered.url is None)


def is_answer(params: types.CallToolRequestParams) -> bool:
    return params.input_responses is not None or params.request_state is not None
