"""The open question: read, approved or rejected by a person."""

from collections.abc import Iterator
from typing import ClassVar

from sentinel.core.approval.content_text import content_text
from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.values.free_text import Line
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.approvals import Question
from sentinel.engine.statuses import Answer


class OpenQuestion(OperatorRequest):
    wire: ClassVar[str] = "question"

    async def carry_out(self, call: Call) -> Question:
        return await call.approvals.question(call.project_id)

    def render(self, result: Question, screen: Screen) -> str:
        """What is shown before the exact block that is approved."""
        return "\n".join(_question_lines(result, screen))


class ApproverKeys(OperatorRequest):
    """The public keys that may sign the open question; none where a phrase is enough."""

    wire: ClassVar[str] = "approver_keys"

    async def carry_out(self, call: Call) -> tuple[str, ...]:
        return await call.approvals.keys(call.project_id)


class Approve(ApprovalAnswer, OperatorRequest):
    """Exactly the phrase approves; anything else refuses and spends the approval (ApprovalRefusedError).

    Where the policy names approvers, a `signature` of theirs is needed besides; one that does not hold is refused and
    spends nothing.
    """

    wire: ClassVar[str] = "approve"

    async def carry_out(self, call: Call) -> Answer:
        return await call.approvals.approve(call.project_id, self, by=call.by)


class Reject(OperatorRequest):
    """`approval_id` is the question that was shown; None is whichever is open."""

    wire: ClassVar[str] = "reject"
    approval_id: str | None = None
    reason: Line | None = None

    async def carry_out(self, call: Call) -> Answer:
        return await call.approvals.reject(
            call.project_id, by=call.by, approval_id=self.approval_id, reason=self.reason
        )


def _question_lines(question: Question, screen: Screen) -> Iterator[str]:
    """Project, commit and approvers, and what belongs to the decision."""
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
