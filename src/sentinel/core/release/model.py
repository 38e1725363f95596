"""The stored values of a release and its project: what was built, staged, approved and deployed, and what runs."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, JsonValue, model_validator

from sentinel.core.policy.model import Channel, Policy
from sentinel.core.policy.pinning import Pin
from sentinel.core.release.contents import Changes, Contents
from sentinel.core.release.states import PDV_FAILURE, Cause, State
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import Duration, Instant, countdown, whole_second
from sentinel.errors import SentinelError


class Soak(Frozen):
    """A staging deployment that passed at `started` and must run for `length` before production unlocks."""

    started: Instant
    length: Duration

    @property
    def until(self) -> datetime:
        """The deadline by the wall clock, in UTC."""
        return self.started.wall + self.length

    def remaining(self, now: Instant) -> timedelta:
        """The time left at `now`; zero once the soak is over."""
        return max(timedelta(0), self.length - self.started.elapsed_to(now))

    def is_over(self, now: Instant) -> bool:
        return not self.remaining(now)

    def ends(self, now: Instant) -> datetime | None:
        """When it is over, seen from `now`, in whole seconds; None once it is."""
        left = self.remaining(now)
        return whole_second(now.wall + left) if left else None

    def violation(self, now: Instant) -> str:
        """The sentence that answers an early request."""
        return f"Soak Time Violation. Production unlock in {countdown(self.remaining(now))}."


class Artifact(Frozen):
    """A regular file that the build made. `name` is its path in the checkout, `revision` the commit that it names."""

    name: str
    sha256: str
    size: int
    revision: str | None = None


class NamedCommit(Frozen):
    """A commit that an artifact names, and where: the file inside it, or the part of its format."""

    commit: str
    place: str


class Evidence(Frozen):
    """A run of the regression suite by Sentinel, bound to the git tree that it ran on.

    `content` is the digest of that tree without what the policy ignores for tests; `seconds` is how long the command
    ran.
    """

    tree: str
    commit: str
    passed: bool
    ended: Instant
    summary: FreeText
    content: str = ""
    seconds: float | None = None

    def covers(self, tree: str, content: str) -> bool:
        """Whether it ran on this tree, or on one that differs only in what tests ignore."""
        return self.tree == tree or (bool(content) and self.content == content)


class Staged(Frozen):
    """A staging deployment that passed script, health check and smoke test, with its artifacts.

    `smoke` is how the smoke test ended.
    """

    artifacts: tuple[Artifact, ...]
    soak: Soak
    operation: str = ""
    smoke: FreeText = ""


class OutsideWindow(Frozen):
    """A person allows the candidate into production although the window is closed, and says why.

    It counts until the next window opens; `until` is None if none is known.
    """

    reason: FreeText
    by: FreeText
    at: AwareDatetime
    until: AwareDatetime | None = None


class Hotfix(Frozen):
    """A person declares the next release urgent, and says why. It must be a patch, and soaks for a shorter time."""

    reason: FreeText
    by: FreeText
    at: AwareDatetime


class Hold(Frozen):
    """Who put releases on hold, and why: until a person ends the hold, nothing starts but a rollback."""

    reason: FreeText
    by: FreeText
    at: AwareDatetime


class Release(Frozen):
    """A release candidate: everything that later steps are checked against.

    `version` is "1.2.0", `tag` "v1.2.0". `checkout` is the folder, as `OPERATION/FOLDER`, in which its production
    deployment ran.
    """

    id: str
    bump: Literal["patch", "minor", "major"]
    version: str
    commit: str
    tree: str
    tag: str
    tag_object: str
    artifacts: tuple[Artifact, ...]
    changes: Changes
    policy: Policy
    policy_digest: str
    created_at: AwareDatetime
    staged: Staged | None = None
    notes: FreeText = ""
    remarks: tuple[FreeText, ...] = ()
    checkout: str | None = None
    contents: Contents | None = None
    hotfix: Hotfix | None = None
    outside: OutsideWindow | None = None


class Deployed(Frozen):
    """A release that production runs or ran.

    Without artifacts it was only recorded and never built here, so no rollback can return to it; a build makes at
    least one. `checkout` is the folder, as `OPERATION/FOLDER`, with its code as its deployment left it.
    """

    version: str
    tag: str
    commit: str
    deployed_at: AwareDatetime
    release_id: str | None = None
    artifacts: tuple[Artifact, ...] = ()
    policy: Policy | None = None
    checkout: str | None = None

    @classmethod
    def of(cls, release: Release, at: datetime) -> "Deployed":
        return cls(
            version=release.version,
            tag=release.tag,
            commit=release.commit,
            deployed_at=at,
            release_id=release.id,
            artifacts=release.artifacts,
            policy=release.policy.as_written(),
            checkout=release.checkout,
        )


class RollbackPlan(Frozen):
    """Production goes back from one release to the newest older archived one; `target` is None if there is none.

    `reason` says why, without the line that `cause` puts above it; `again` is the reason of the newest attempt after a
    failed one.
    """

    leaving: Deployed
    target: Deployed | None
    reason: FreeText
    cause: Cause
    again: FreeText | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_0_1(cls, document: object) -> object:
        """A plan stored by 0.1, which had only `origin` and recognised a failed verification by its sentence."""
        if not isinstance(document, dict) or "origin" not in document:
            return document
        reason = str(document.get("reason", ""))
        own = Cause.VERIFICATION_FAILED if reason.startswith(PDV_FAILURE) else Cause.DEPLOYMENT_FAILED
        cause = {"agent": Cause.AGENT, "person": Cause.PERSON}.get(str(document["origin"]), own)
        rest = {key: value for key, value in document.items() if key != "origin"}
        return {**rest, "cause": cause, "reason": reason.removeprefix(PDV_FAILURE).lstrip()}


class Claim(Frozen):
    """The one use of an approval: who approved, where and when; `proven` only in separated mode.

    `proof` is what was required of them, and `signers` are those who signed, by their names in the approvers' file.
    """

    by: FreeText
    channel: Channel
    at: AwareDatetime
    proven: bool = False
    proof: Literal["signature", "phrase"] = "phrase"
    signers: tuple[str, ...] = ()


class Requester(Frozen):
    """Who asked: the system user at the other end of the agents' socket, or the name of a remote agent's token."""

    user: FreeText = ""
    token: FreeText = ""


NOBODY = Requester()
"""Nobody is known to have asked."""


class Signature(Frozen):
    """A verified signature of a plan.

    `principal` is the name that the approvers' file gives the key, `armor` the signature itself (SSHSIG), `by` the
    system user who sent it.
    """

    principal: str
    fingerprint: str
    public_key: str
    armor: str
    by: FreeText


class Approval(Frozen):
    """A question to a person, bound to a digest of the whole plan.

    `text` is what the person reads, `asked_by` the actor whose request led to it.
    """

    id: str
    kind: Literal["deployment", "rollback"]
    plan_digest: str
    nonce: str
    text: FreeText
    requested: Instant
    expires_at: AwareDatetime
    requester: Requester = NOBODY
    signatures: tuple[Signature, ...] = ()
    claim: Claim | None = None
    asked_by: FreeText = ""


class OperationKind(StrEnum):
    TESTS = "tests"
    PREPARE = "prepare"
    STAGING = "staging"
    PROMOTION = "promotion"
    DEPLOYMENT = "deployment"
    ROLLBACK = "rollback"
    ADOPTION = "adoption"


class Cancel(Frozen):
    """A request to cancel the running operation, and what follows.

    `following` is the id of the coming rollback, or else the id under which the caller learns that it is done.
    """

    then: Literal["stop", "abandon", "rollback"]
    reason: FreeText
    by: FreeText
    following: str = ""


class Operation(Frozen):
    """A running operation: at most one per project. Every write of its runner checks `fence`."""

    id: str
    kind: OperationKind
    fence: int
    arguments: dict[str, JsonValue]
    requested_by: FreeText
    started: Instant
    requester: Requester = NOBODY
    step: FreeText = ""
    step_started: AwareDatetime | None = None
    cancel: Cancel | None = None


class BlockedBy(Frozen):
    """A gate that blocks: what is wrong, and how to fix it."""

    gate: str
    message: FreeText
    fix: FreeText

    @classmethod
    def by(cls, gate: str, error: SentinelError) -> "BlockedBy":
        return cls(gate=gate, message=error.what, fix=error.fix)


class Outcome(Frozen):
    """How an operation ended; `message` is the sentence that agents and people read.

    A `refused` one never began: a person rejected it or did not answer, and `operation_id` is the question's. `cause`
    is why production left or leaves a release. `asked` is the id of the request that cancelled it, if it ended as
    requested. `fix` is what to do about a failure, if `message` says that too.
    """

    operation_id: str
    kind: OperationKind
    ok: bool
    message: FreeText
    ended_at: AwareDatetime
    refused: bool = False
    cause: Cause | None = None
    asked: str = ""
    blocked_by: tuple[BlockedBy, ...] = ()
    fix: FreeText = ""


class SprintRecord(Frozen):
    """The open sprint, which is "the current session" of the protocol."""

    id: str
    name: FreeText
    started_at: AwareDatetime


class Origin(Frozen):
    """Where a project is fetched from in separated mode, as an operator configured it. `url` may contain a password."""

    url: str
    branch: str


class Project(Frozen):
    """The whole stored state of one governed project: one document, one state machine.

    `server` is the database server on which its history was last compared with the release tags; empty for SQLite.
    `history_fault` says, in HALTED, why the history is not trusted. `lost_tags` are the digests of release tags whose
    history a person has accepted as lost.
    """

    id: str
    name: str
    root: str
    origin: Origin | None = None
    state: State = State.IDLE
    sprint: SprintRecord | None = None
    pin: Pin | None = None
    evidence: Evidence | None = None
    release: Release | None = None
    lineage: tuple[Deployed, ...] = ()
    retired: tuple[str, ...] = ()
    operation: Operation | None = None
    approval: Approval | None = None
    rollback_approval: Approval | None = None
    asked_rollback: RollbackPlan | None = None
    rollback: RollbackPlan | None = None
    outcomes: tuple[Outcome, ...] = ()
    locked_calls: tuple[AwareDatetime, ...] = ()
    open_high_findings: int = 0
    fence: int = 0
    hold: Hold | None = None
    hotfix: Hotfix | None = None
    server: str = ""
    history_fault: FreeText = ""
    lost_tags: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """The session that findings are counted in: the open sprint; empty if none is open."""
        return self.sprint.id if self.sprint else ""

    @property
    def production(self) -> Deployed | None:
        """The newest archived release that was not rolled back."""
        return self.lineage[-1] if self.lineage else None
