"""The engine as the MCP front sees it: what agents ask for, and what lets remote ones in."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from sentinel.core.access.tokens import Token
from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.audit.findings import Severity
from sentinel.core.release.model import NOBODY, Project, Requester
from sentinel.core.tools.catalog import PreviewRelease, Request
from sentinel.core.tools.next_steps import WAIT_SECONDS
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.times import Instant
from sentinel.engine.approvals import Question
from sentinel.engine.statuses import Answer


class Watch(Protocol):
    """Changes of one project, including those that a clock alone makes (the end of a soak)."""

    async def wait(self, seconds: float) -> bool:
        """True once something has changed since the last call, or since the watch began; False after `seconds`."""
        ...


class AgentApi(Protocol):
    """What the MCP front needs. A refusal is an answer whose status is not ok, never an exception; SentinelError is
    raised only where there is no project to speak of (no repository, broken sentinel.toml, no store)."""

    def mask(self, text: str) -> str:
        """`text` without the daemon's secrets, for an error that is told as it is."""
        ...

    async def open_project(self, directory: Path, claimed: str | None = None) -> str:
        """The id of the project whose repository encloses `directory`; registers it at first sight."""
        ...

    async def project(self, project_id: str) -> tuple[Project, Instant]:
        """The persisted project and the time, for the computed list of tools. Quick: one read."""
        ...

    async def status(self, project_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        """The status; its next steps, like those of every answer, wait for `wait` seconds."""
        ...

    async def preview(self, project_id: str, request: PreviewRelease, *, wait: int = WAIT_SECONDS) -> ReleaseStatus:
        """What `prepare_release` would do now, as the status that answers the call; nothing is done."""
        ...

    async def request(
        self,
        project_id: str,
        request: Request,
        *,
        actor: str,
        requester: Requester = NOBODY,
        wait: int = WAIT_SECONDS,
    ) -> Answer:
        """Checks and carries out, or starts, what an agent asks for; an identical repeated request follows the same
        operation. Returns at once: operations run on, whatever becomes of the caller."""
        ...

    async def outcome(self, project_id: str, operation_id: str, *, wait: int = WAIT_SECONDS) -> ReleaseStatus | None:
        """How a followed operation ended, as the status that answers its call; None while it runs."""
        ...

    def watch(self, project_id: str) -> AbstractAsyncContextManager[Watch]: ...

    async def question(self, project_id: str) -> Question:
        """The open question, for the elicitation channel."""
        ...

    async def answer_question(self, project_id: str, given: ApprovalAnswer, *, actor: str) -> Answer:
        """An answer that came by elicitation; checked as any approval, refused where the policy lacks the channel."""
        ...

    async def report(self, project_id: str, *, severity: Severity, rule: str, message: str) -> None:
        """Records a finding of the front's own, such as an elicitation answer that was not asked for."""
        ...

    async def report_refused(self, project_id: str, *, command: str, by: str) -> None:
        """Records that the guard did not let `command` run: a high finding until a person resolves it."""
        ...


class TokenAdmission(Protocol):
    """What lets remote agents in."""

    async def admit(self, secret: str) -> Token | None:
        """The token that `secret` belongs to; None where it is none, or not good any more."""
        ...

    async def seconds_left(self, token: Token) -> float:
        """How long it is still good, if nobody revokes it; 0 once it is not."""
        ...

    def watch(self, project_id: str) -> AbstractAsyncContextManager[Watch]:
        """Changes of the project, which a revoked token is one of."""
        ...
