"""The engine as the front ends see it: one face for agents, one for the people who operate it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from sentinel.core.audit import AuditEntry, ChainFault
from sentinel.core.findings import Imported, Severity, StoredFinding
from sentinel.core.frozen import Frozen
from sentinel.core.instant import Instant
from sentinel.core.next_steps import WAIT_SECONDS
from sentinel.core.policy import Channel
from sentinel.core.release import NOBODY, BlockedBy, Origin, Project, Requester
from sentinel.core.requests import Request
from sentinel.core.status import ReleaseStatus
from sentinel.core.tag_object import TagObject
from sentinel.core.tokens import Role, Token


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to: the status with its sentence, and the operation to follow if one is running for it."""

    status: ReleaseStatus
    operation_id: str | None = None


class Watch(Protocol):
    """Changes of one project, including those that a clock alone makes (the end of a soak)."""

    async def wait(self, seconds: float) -> bool:
        """True once something has changed since the last call, or since the watch began; False after `seconds`."""
        ...


class AgentFace(Protocol):
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

    async def question(self, project_id: str) -> "Question":
        """As OperatorFace.question: for the elicitation channel."""
        ...

    async def answer_question(
        self, project_id: str, *, approval_id: str, plan_digest: str, phrase: str, actor: str
    ) -> Answer:
        """An answer that came by elicitation; checked as any approval, refused where the policy lacks the channel."""
        ...

    async def report(self, project_id: str, *, severity: Severity, rule: str, message: str) -> None:
        """Records a finding of the front's own, such as an elicitation answer that was not asked for."""
        ...

    async def report_refused(self, project_id: str, *, command: str, by: str) -> None:
        """Records that the guard did not let `command` run: a high finding until a person resolves it."""
        ...


class Question(Frozen):
    """An open approval as a human is shown it: project and commit, then `text`; `phrase` is what approves.

    Where `approvers` must sign (how many, `required` says; `signed` are those who have), `document` is what they sign.
    `remarks` say what was not checked of the release, and what nothing proves; `notes` what it changes.
    """

    project: str
    name: str
    commit: str
    approval_id: str
    plan_digest: str
    kind: str
    text: str
    phrase: str
    channels: tuple[Channel, ...]
    expires_in_seconds: int
    document: str
    approvers: str | None
    required: int
    signed: tuple[str, ...]
    approvers_digest: str | None = None
    remarks: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """An answer to a question: the phrase that was typed, by whom and where, and an SSH signature of the plan."""

    approval_id: str
    plan_digest: str
    phrase: str
    by: str
    channel: Channel
    signature: str | None = None


class TrustFile(Frozen):
    """A file that `sentinel trust` pins, as a person reads it: the bytes at the head against the trusted ones."""

    path: str
    shown: tuple[str, ...]
    sha256: str


class TrustPreview(Frozen):
    """What a person is about to trust; `digest` is what the pin is bound to.

    `unseen` are sentences on commands of which it is not known what they start. `warnings` will block a release, and
    `notes` will not. `remote` is where releases are read and pushed to.
    """

    commit: str
    digest: str
    files: tuple[TrustFile, ...]
    already_trusted: bool
    unseen: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    remote: tuple[str, ...] = ()
    warnings: tuple[BlockedBy, ...] = ()
    notes: tuple[str, ...] = ()


class Check(Frozen):
    """A line of `sentinel doctor`: what was looked at, what was found, and what to do where it is not good."""

    name: str
    ok: bool
    found: str
    fix: str = ""


class OperatorStatus(Frozen):
    """`sentinel status`: the agents' status and what only people need to know."""

    status: ReleaseStatus
    project: str
    name: str
    root: str
    public_key: str | None
    notes: tuple[str, ...]
    open_findings: int
    store: str


class Proved(Frozen):
    """What a look at the whole history found: how many entries, how many tags that vouch for them, the first fault."""

    entries: int
    tags: int
    fault: ChainFault | None


class Keys(Frozen):
    """What others verify a project's history with: the verifier key, and the files for its release tags by name."""

    verifier: str
    files: dict[str, str]


class CreatedToken(Frozen):
    """A new token with its secret, which is shown once and stored nowhere."""

    token: Token
    secret: str


class TokenFace(Protocol):
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


class Adoption(Frozen):
    """What production would be said to run: how many files are kept of it already, and what builds it otherwise."""

    version: str
    tag: str
    commit: str
    kept: int
    build: str | None


@dataclass(frozen=True, slots=True)
class AdoptedFiles:
    """Where the files of an adopted version come from: `folder`, nowhere at all, or a build of its tag.

    `commit` is that of the tag, as it was confirmed.
    """

    commit: str | None = None
    folder: str | None = None
    without: bool = False


BUILT = AdoptedFiles()


class OperatorFace(Protocol):
    """What the command line and the console need; `by` names the person. Every refusal is a SentinelError."""

    def mask(self, text: str) -> str:
        """`text` without the daemon's secrets, for an error that is told as it is."""
        ...

    async def open_project(self, directory: Path, claimed: str | None = None) -> str: ...

    async def register_project(self, origin: Origin, *, by: str) -> str: ...

    async def operator_status(self, project_id: str) -> OperatorStatus: ...

    async def checks(self, project_id: str) -> tuple[Check, ...]:
        """What only the daemon can look for."""
        ...

    async def question(self, project_id: str) -> Question: ...

    async def approver_keys(self, project_id: str) -> tuple[str, ...]:
        """The public keys that may sign the open question; empty where a phrase is enough."""
        ...

    async def approve(self, project_id: str, given: ApprovalAnswer) -> Answer:
        """Exactly the phrase approves, anything else refuses and spends the approval (ApprovalRefusedError).

        Where the policy names approvers, a `signature` of theirs is needed besides; one that does not hold is refused
        and spends nothing.
        """
        ...

    async def reject(
        self, project_id: str, *, by: str, approval_id: str | None = None, reason: str | None = None
    ) -> Answer:
        """Refuses the open question, which must be `approval_id` where that is given."""
        ...

    async def abandon(self, project_id: str, *, release_id: str, reason: str, by: str) -> Answer:
        """Gives up the candidate, which must be `release_id`, and ends what runs for it."""
        ...

    async def cancel(self, project_id: str, *, operation_id: str, reason: str, by: str) -> Answer:
        """Ends the running operation, which must be `operation_id`."""
        ...

    async def start_sprint(self, project_id: str, *, name: str, by: str) -> Answer: ...

    async def close_sprint(self, project_id: str, *, by: str) -> Answer: ...

    async def rollback_text(self, project_id: str) -> str:
        """What a person confirms before a rollback of their own."""
        ...

    async def rollback(self, project_id: str, *, reason: str, by: str, text: str | None = None) -> Answer:
        """Starts the rollback that `text` says, where it was confirmed."""
        ...

    async def adoption(self, project_id: str, *, version: str) -> Adoption:
        """What a person confirms before production is said to run `version`."""
        ...

    async def adopt(self, project_id: str, *, version: str, by: str, files: AdoptedFiles = BUILT) -> Answer:
        """Records what production runs, at once or once its files are built or taken."""
        ...

    async def resolve(self, project_id: str, *, production: str | None, by: str) -> Answer: ...

    async def outcome(self, project_id: str, operation_id: str) -> ReleaseStatus | None: ...

    def watch(self, project_id: str) -> AbstractAsyncContextManager[Watch]: ...

    async def trust_preview(self, project_id: str) -> TrustPreview: ...

    async def trust(self, project_id: str, *, digest: str, by: str) -> Answer: ...

    async def findings(self, project_id: str, *, open_only: bool) -> tuple[StoredFinding, ...]: ...

    async def import_sarif(self, project_id: str, *, document: str, by: str) -> Imported:
        """What is new, raised, open again and closed by it."""
        ...

    async def resolve_finding(self, project_id: str, *, number: int, reason: str, by: str) -> StoredFinding: ...

    async def audit_entries(self, project_id: str, *, after: int, limit: int) -> tuple[AuditEntry, ...]: ...

    async def newest_audit_entries(
        self, project_id: str, *, after: int, before: int | None, limit: int
    ) -> tuple[AuditEntry, ...]:
        """The last ones between the two sequences, in their order."""
        ...

    async def create_token(
        self, project_id: str, *, name: str, role: Role, expires: timedelta | None, by: str
    ) -> CreatedToken: ...

    async def tokens(self, project_id: str) -> tuple[Token, ...]: ...

    async def revoke_token(self, project_id: str, *, id: str, by: str) -> Token: ...

    async def verify_audit(self, project_id: str) -> Proved:
        """The chain held against itself and against the release tags; a fault also becomes a high finding."""
        ...

    async def audit_keys(self, project_id: str) -> Keys: ...

    async def audit_tags(self, project_id: str) -> tuple[TagObject, ...]:
        """Sentinel's own release tags, as git stores them."""
        ...
