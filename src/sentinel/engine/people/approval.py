"""A person reads the open question, approves or rejects it."""

from collections.abc import Iterator
from typing import ClassVar

from sentinel.core.approval.content_text import content_text
from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.values.free_text import Line
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.approvals import Question, approve, keys_to_sign, read_question, reject
from sentinel.engine.statuses import Answer


class OpenQuestion(OperatorRequest):
    wire: ClassVar[str] = "question"

    async def carry_out(self, call: Call) -> Question:
        return await read_question(call.world, call.project_id)

    def render(self, result: Question, screen: Screen) -> str:
        """What is shown before the exact block that a person approves."""
        return "\n".join(_question_lines(result, screen))


class ApproverKeys(OperatorRequest):
    """The public keys that may sign the open question; none if the phrase is enough."""

    wire: ClassVar[str] = "approver_keys"

    async def carry_out(self, call: Call) -> tuple[str, ...]:
        return await keys_to_sign(call.world, call.project_id)


class Approve(ApprovalAnswer, OperatorRequest):
    """Exactly the phrase approves. Anything else spends the approval (ApprovalRefusedError).

    If the policy names approvers, one of them must also sign; an invalid `signature` is refused and spends nothing.
    """

    wire: ClassVar[str] = "approve"

    async def carry_out(self, call: Call) -> Answer:
        return await call.answer(await approve(call.world, call.project_id, self, by=call.by))


class Reject(OperatorRequest):
    """`approval_id` is the question that was shown; None means whichever is open."""

    wire: ClassVar[str] = "reject"
    approval_id: str | None = None
    reason: Line | None = None

    async def carry_out(self, call: Call) -> Answer:
        asked, why = self.approval_id, self.reason
        return await call.answer(await reject(call.world, call.project_id, by=call.by, approval_id=asked, reason=why))


def _question_lines(question: Question, screen: Screen) -> Iterator[str]:
    """Project, commit and approvers, and everything for the decision."""
    name = screen.paint(printable(question.name), "bold")
    yield f"{name} ({question.project}) at commit {question.commit}"
    if question.approvers is not None:
        pinned = f", sha256 {question.approvers_digest[:16]}… as trusted" if question.approvers_digest else ""
        yield f"approvers: {question.approvers}{pinned}"
        signed = f", signed by {', '.join(question.signed)}" if question.signed else ""
        yield f"{len(question.signed)} of {question.required} approvals{signed}"
    yield ""
    yield from content_text(question.content, screen)
    yield ""
