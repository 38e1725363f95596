"""Everything outside the engine but the store, as interfaces: git, processes, files, services and people."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sentinel.core.approval.passkeys import Passkey, RelyingParty
from sentinel.core.approval.question import NAMESPACE
from sentinel.core.policy.model import Policy, Production, Staging
from sentinel.core.policy.pinning import Script
from sentinel.core.policy.windows import Span, Windows
from sentinel.core.proof.checkpoint import VerifierKey
from sentinel.core.release.commands import LoggedCommand, LogPiece
from sentinel.core.release.model import (
    Artifact,
    BlockedBy,
    NamedCommit,
    Origin,
    Project,
    Signature,
)
from sentinel.core.release.retention import Checkouts, Retention
from sentinel.core.release.script import CommandUser, ScriptOrder, ScriptResult
from sentinel.core.tools.status import Trust
from sentinel.core.verification.prometheus import Reading
from sentinel.core.verification.sequential_test import Sample
from sentinel.ports.repository import Repository
from sentinel.ports.store import Clock, Store


@dataclass(frozen=True, slots=True)
class EnvironmentRequest:
    """What a command is to get: `variables`, and what the policy gives it, which is more for a `production` script."""

    project: str
    policy: Policy
    variables: Mapping[str, str]
    production: bool


class Scripts(Protocol):
    async def run(self, directory: Path, order: ScriptOrder, environment: EnvironmentRequest) -> ScriptResult:
        """Runs, adopts or reports the one run of `directory`, which holds its order, its log and its result.

        Raises, where it would be started now, what keeps it from getting its environment and its secrets.
        """
        ...

    async def cancel_under(self, directory: Path) -> None:
        """Ends every run under `directory`, with its whole tree of processes."""
        ...

    async def logged(self, project: Path) -> tuple[LoggedCommand, ...]:
        """The commands below a project's folder whose output is kept, the newest first."""
        ...

    async def log(self, project: Path, command: LoggedCommand, offset: int) -> LogPiece:
        """Lines of its output from `offset` on, printable."""
        ...

    async def last_lines(self, project: Path, command: LoggedCommand, count: int) -> tuple[str, ...]: ...

    def finds(self, policy: Policy, program: str, *, production: bool) -> bool:
        """Whether commands of the policy find a program on this machine."""
        ...

    async def faults(self, project: str, policy: Policy) -> tuple[BlockedBy, ...]:
        """What commands of the policy would not get now: variables, files and secrets, production's too."""
        ...


class Secrets(Protocol):
    async def learn_files(self, policy: Policy) -> None:
        """Has `mask` know the values in the files that the policy names for its commands, too; never raises."""
        ...

    def mask(self, text: str) -> str:
        """`text` without the daemon's secrets: for what came from the world and is about to be kept or shown."""
        ...


class Artifacts(Protocol):
    """Kept bytes, by release id."""

    async def collect(self, release_id: str, checkout: Path, patterns: tuple[str, ...]) -> tuple[Artifact, ...]: ...

    async def named_commits(
        self, release_id: str, artifacts: tuple[Artifact, ...]
    ) -> dict[str, tuple[NamedCommit, ...]]:
        """The commits that each artifact says it was built from, by its name; those that name none are left out."""
        ...

    async def verify(self, release_id: str, artifacts: tuple[Artifact, ...], *, commit: str) -> None:
        """Raises what names the first artifact whose bytes or embedded revision are not those of `commit`."""
        ...

    async def hand_out(self, release_id: str | None, artifacts: tuple[Artifact, ...], into: Path) -> None: ...

    async def remove(self, release_id: str) -> None:
        """What is kept for that release, if anything is; nobody goes back to it any more."""
        ...


class Services(Protocol):
    """What runs on staging and in production, over HTTP."""

    async def healthy(self, target: Staging | Production, *, answers: tuple[str, str, str] | None) -> str | None:
        """None once health (and version_path: version, tag, commit of `answers`) is good, else why it is not."""
        ...

    async def missing_paths(self, target: Staging | Production) -> tuple[str, ...]:
        """Its addresses of health and version that a service which answers there says it does not have."""
        ...

    async def metrics(self, policy: Policy) -> tuple[Reading, ...]:
        """What Prometheus answers to the policy's queries now; nothing where it names none.

        Raises what is wrong with the secret of its login.
        """
        ...

    def observe(self, policy: Policy, offset: Callable[[], float]) -> AsyncGenerator[tuple[Sample, ...], None]:
        """Samples of production in batches, while it is iterated; `offset` gives seconds since the window began."""
        ...


class Workspace(Protocol):
    """The folders in which operations work."""

    folder: Path

    async def hand_over(self, checkout: Path, user: CommandUser) -> None:
        """Lets that user work in a fresh checkout; in advisory mode it may already."""
        ...

    async def lay_over(self, checkout: Path, scripts: Sequence[Script], *, replacing: bool) -> None:
        """Puts the pinned files there, for the command that starts next, so that no other user can change them.

        With `replacing`, what another release has in their place goes; else it is refused.
        """
        ...

    async def take_back(self, checkout: Path, user: CommandUser) -> None:
        """Makes readable for us what that user made there."""
        ...

    async def holds(self, project_id: str, checkout: str) -> bool:
        """Whether that checkout of the project, `OPERATION/FOLDER`, is still there."""
        ...

    async def drop_checkouts(self, project_id: str, kept: Checkouts) -> None:
        """Removes all others of the project; logs and artifacts of their operations stay."""
        ...

    async def outdated(self, project_id: str, retention: Retention, now: datetime) -> tuple[str, ...]:
        """Operations whose folders go: never one that a service may still run from."""
        ...

    async def remove(self, project_id: str, operations: Sequence[str]) -> None:
        """Removes their folders; what cannot be removed is left for another time."""
        ...

    async def empty(self, project_id: str, operations: Sequence[str]) -> None:
        """Removes what is in their folders, which stay as marks, as old as they were."""
        ...


class Policies(Protocol):
    """The policies of projects that come from a remote."""

    async def at(self, origin: Origin) -> Policy:
        """The policy at the head of that branch; good for routing, for nothing that is executed."""
        ...


class Reserve(Protocol):
    """Disk space that is kept for a rollback; both are quick, may be repeated and never raise."""

    def release(self) -> None: ...

    def restore(self) -> None: ...


class Approvers(Protocol):
    """Who may sign approvals: files of the daemon's own, by name (ssh's allowed_signers)."""

    @property
    def relying_party(self) -> RelyingParty:
        """The console, as browsers and passkeys know it."""
        ...

    async def keys(self, file: str) -> tuple[str, ...]:
        """The public keys that the file names; whether they may approve now, `verify` says."""
        ...

    async def content(self, file: str) -> bytes: ...

    async def add(self, file: str, passkey: Passkey, line: str) -> None:
        """Adds a passkey by its line."""
        ...

    async def verify(
        self, file: str, document: bytes, armor: str, *, by: str, at: datetime, namespace: str = NAMESPACE
    ) -> Signature:
        """The verified signature of `document`; raises what says why `armor` is none that approves at that time."""
        ...


class Notifier(Protocol):
    async def tell(self, title: str, body: str) -> None:
        """Tells people; returns when every service had its try, in the order of the calls, and never raises."""
        ...


class ProgressBoard(Protocol):
    """What a running step says of itself; it is not persisted."""

    def report(self, project_id: str, text: str, share: float | None = None) -> None:
        """`share` is how much of it is done, where that is known."""
        ...

    def text(self, project_id: str) -> str: ...

    def share(self, project_id: str) -> float | None: ...


class HistoryKeys(Protocol):
    """The key of each project that signs its history."""

    async def verifier(self, project_id: str) -> VerifierKey: ...

    async def sign(self, project_id: str, message: bytes) -> bytes: ...

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the Ed25519 signature is that of `public`; quick."""
        ...


class Calendars(Protocol):
    async def spans(self, windows: Windows, file: bytes, now: datetime) -> tuple[Span, ...]:
        """When the events in `file`, the calendar of `windows`, close production; recurring ones for about a year.

        Raises CalendarError.
        """
        ...


@dataclass(frozen=True, slots=True)
class World:
    """All that the engine touches; `console` is the address that people know the console by, if it has one."""

    store: Store
    clock: Clock
    repository: Callable[[Project, Policy], Repository]
    scripts: Scripts
    secrets: Secrets
    artifacts: Artifacts
    services: Services
    approvers: Approvers
    progress: ProgressBoard
    workspace: Workspace
    reserve: Reserve
    retention: Retention
    new_id: Callable[[], str]
    trust: Trust
    calendars: Calendars
    policies: Policies
    working_policy: Callable[[Path], Policy]
    history_keys: HistoryKeys
    console: str | None

    @property
    def separated(self) -> bool:
        """Whether daemon, commands and agents are different users."""
        return self.trust == "separated"
