"""The frozen values of a release: what is built, staged, approved and deployed, and what production runs."""

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
        """What is left at `now`; zero when the soak is over."""
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
    """A regular file that the build made; `name` is its path in the checkout, `revision` the commit embedded in it."""

    name: str
    sha256: str
    size: int
    revision: str | None = None


class NamedCommit(Frozen):
    """A commit that an artifact names, and where: the file inside of it, or what part of the format it is."""

    commit: str
    place: str


class Evidence(Frozen):
    """A run of the regression suite by Sentinel itself, bound to the git tree that it ran on.

    `content` is the digest of that tree without what the policy says that no test depends on, `seconds` how long the
    command ran.
    """

    tree: str
    commit: str
    passed: bool
    ended: Instant
    summary: FreeText
    content: str = ""
    seconds: float | None = None

    def covers(self, tree: str, content: str) -> bool:
        """Whether it was made on this tree, or on one that differs in nothing that tests depend on."""
        return self.tree == tree or (bool(content) and self.content == content)


class Staged(Frozen):
    """A staging deployment that passed script, health and smoke, with the artifacts that it was given.

    `smoke` is how the smoke test ended.
    """

    artifacts: tuple[Artifact, ...]
    soak: Soak
    operation: str = ""
    smoke: FreeText = ""


class OutsideWindow(Frozen):
    """A person's word that the candidate may go to production although the window is closed, and why.

    It counts until the next window opens; none is in sight where `until` is None.
    """

    reason: FreeText
    by: FreeText
    at: AwareDatetime
    until: AwareDatetime | None = None


class Hotfix(Frozen):
    """A person's word that the next release is urgent, and why: it is a patch, and soaks for less."""

    reason: FreeText
    by: FreeText
    at: AwareDatetime


class Hold(Frozen):
    """Who put releases on hold, and why: until a person ends the hold, nothing starts but a rollback."""

    reason: FreeText
    by: FreeText
    at: AwareDatetime


class Release(Frozen):
    """A release candidate: everything that later steps are held against. `version` is "1.2.0", `tag` "v1.2.0".

    `checkout` is the folder, as `OPERATION/FOLDER`, that its production deployment was run in.
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

    Without artifacts it was only recorded, and never built here: there is nothing of it to go back to. A build makes
    at least one. `checkout` is the folder, as `OPERATION/FOLDER`, with its code as its deployment left it.
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
    """Production leaves one release for the newest older archived one; without one, `target` is None.

    `reason` says in words why it is left, under no heading; `again` is the reason of the newest attempt, where an
    earlier one failed.
    """

    leaving: Deployed
    target: Deployed | None
    reason: FreeText
    cause: Cause
    again: FreeText | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_0_1(cls, document: object) -> object:
        """A stored plan that knew `origin` alone, and told a failed verification by its sentence."""
        if not isinstance(document, dict) or "origin" not in document:
            return document
        reason = str(document.get("reason", ""))
        own = Cause.VERIFICATION_FAILED if reason.startswith(PDV_FAILURE) else Cause.DEPLOYMENT_FAILED
        cause = {"agent": Cause.AGENT, "person": Cause.PERSON}.get(str(document["origin"]), own)
        rest = {key: value for key, value in document.items() if key != "origin"}
        return {**rest, "cause": cause, "reason": reason.removeprefix(PDV_FAILURE).lstrip()}


class Claim(Frozen):
    """The one use of an approval: who typed the phrase, where and when; `proven` only in separated mode.

    `proof` is what was asked of them, and `signers` are those who signed, as the approvers' file names them.
    """

    by: FreeText
    channel: Channel
    at: AwareDatetime
    proven: bool = False
    proof: Literal["signature", "phrase"] = "phrase"
    signers: tuple[str, ...] = ()


class Requester(Frozen):
    """Who asked: the system's user at the other end of the agents' socket, or the name of a remote agent's token."""

    user: FreeText = ""
    token: FreeText = ""


NOBODY = Requester()
"""Where it is not known who asked."""


class Signature(Frozen):
    """A verified signature of a plan: `principal` is the name that the approvers' file gives the key.

    `armor` is the signature itself (SSHSIG), `by` the system's user who brought it.
    """

    principal: str
    fingerprint: str
    public_key: str
    armor: str
    by: FreeText


class Approval(Frozen):
    """A question to a human, bound to a digest of the whole plan; `text` is what the human is shown.

    `asked_by` is the actor whose request it came from.
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
    """A request to end the running operation, and what follows it.

    `following` is the id of a rollback to come, or else the one under which who asked learns that it is done.
    """

    then: Literal["stop", "abandon", "rollback"]
    reason: FreeText
    by: FreeText
    following: str = ""


class Operation(Frozen):
    """Work in progress: at most one per project. Every write of its runner checks `fence`."""

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
    """A gate that does not hold, in words: what is wrong and how to mend it."""

    gate: str
    message: FreeText
    fix: FreeText

    @classmethod
    def by(cls, gate: str, error: SentinelError) -> "BlockedBy":
        return cls(gate=gate, message=error.what, fix=error.fix)


class Outcome(Frozen):
    """How an operation ended: `message` is the sentence that agents and people are shown.

    One that is `refused` never began: a person said no or did not answer, and `operation_id` is that of the question.
    `cause` is why production left or leaves a release with it.
    `asked` is the id of the request to end it, for which it has gone as it should.
    `fix` is what to do about a failure, where its `message` says that too.
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
    """Where a project is fetched from in separated mode; an operator said so. `url` may carry a password."""

    url: str
    branch: str


class Project(Frozen):
    """The whole persisted state of one governed project: one document, one state machine.

    `server` is the database server on which its history was held against the release tags last; empty for SQLite.
    `history_fault` says, in HALTED, why the history is not believed. `lost_tags` are the digests of release tags whose
    history is lost, as a person has accepted.
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
        """What findings are counted by: the open sprint; empty where none is open."""
        return self.sprint.id if self.sprint else ""

    @property
    def production(self) -> Deployed | None:
        """The newest archived release that was not rolled back."""
        return self.lineage[-1] if self.lineage else None
