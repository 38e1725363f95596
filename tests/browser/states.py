"""A project in each state that the console shows differently: their pages are looked at without a daemon."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import anyio

from sentinel.adapters.console_sessions import SessionFiles
from sentinel.core.approval.question import ask_approval, question_text
from sentinel.core.audit.chain import FoundEntries
from sentinel.core.candidate.preview import (
    Preview,
    PreviewedGate,
    asked_sentence,
    previewed_commands,
    window_sentence,
)
from sentinel.core.release import holding, hotfix, lifecycle, rollback
from sentinel.core.release.contents import ChangedFile, Changes, Contents, ReleaseCommit
from sentinel.core.release.model import (
    BlockedBy,
    Hold,
    Hotfix,
    OperationKind,
    OutsideWindow,
    Project,
    Release,
)
from sentinel.core.release.states import Cause, State
from sentinel.core.tools.status_text import Live
from sentinel.core.values.times import Instant
from sentinel.core.verification.sequential_test import Judgement, Sample, Thresholds, Verdict
from sentinel.core.verification.trace import trace_of
from sentinel.daemon_file import Console as Settings
from sentinel.engine.api import Api
from sentinel.engine.people.audit import SearchAudit
from sentinel.engine.people.findings import Findings
from sentinel.engine.people.passkeys import AskForPasskey, PasskeyUse
from sentinel.engine.people.production import RollbackQuestion, RollbackText
from sentinel.engine.people.projects import ProjectView, ViewProject, ViewProjects
from sentinel.engine.people.releases import PlanRelease, Releases
from sentinel.engine.people.status import VerificationView, ViewVerification, Watch
from sentinel.errors.release import NothingToLeaveError, NoVerificationError
from sentinel.errors.store import UnknownProjectError
from sentinel.front.console import app
from sentinel.front.console.server import Holder, Links, Served
from sentinel.front.unix_sockets import OwnUser
from tests.core.projects import NOON, PERSON, PIN, SOAK, deployed, instant, outcome, policy, project, release
from tests.core.projects import running as begun
from tests.front.console.consoles import Engine, view

LATER = timedelta(minutes=4, seconds=12)
HOTFIX = PIN.model_copy(update={"policy": policy(hotfix={"soak": "2m"})})
LINEAGE = (deployed("1.0.4"), deployed("1.1.0"))
WINDOWS: dict[str, object] = {"timezone": "Europe/Berlin", "open": ("Mon-Thu 09:00-11:00",)}
NOTES = """### Added

- The checkout remembers the address of a customer who is signed in, and prices are shown with tax.
- `shopctl export --since DATE` writes orders as CSV.

### Fixed

- Carts with more than 99 items no longer lose the last one.
"""
CONTENTS = Contents(
    base="b" * 40,
    commits=(
        ReleaseCommit(id="9f2c41d07b" * 4, author="Ada Lovelace", subject="Remember the address at the checkout"),
        ReleaseCommit(id="41d07b9f2c" * 4, author="Codex", subject="Write orders as CSV (#412)"),
        ReleaseCommit(id="07b9f2c41d" * 4, author="Grace Hopper", subject="Keep the 100th item of a cart"),
    ),
    commit_count=7,
    files=(
        ChangedFile(path="src/shop/checkout/address.py", insertions=84, deletions=12),
        ChangedFile(path="src/shop/export/orders_as_comma_separated_values.py", insertions=31, deletions=0),
        ChangedFile(path="static/logo.png", insertions=None, deletions=None),
    ),
)
BLOCKED = (
    BlockedBy(
        gate="sprint",
        message="SPRINT.md still has open: Show prices with tax.",
        fix="Finish them, tick them off in SPRINT.md and commit it.",
    ),
    BlockedBy(
        gate="tests",
        message="The tests passed on 50cba25e0644 21 minutes ago. They count for 15 minutes.",
        fix="Call `run_tests`.",
    ),
    BlockedBy(
        gate="trust",
        message="deploy/production.sh differs from what was pinned.",
        fix="A person runs `sentinel trust`, which shows the difference.",
    ),
)
OUTPUT = (
    "==> copying dist/shop.tar.gz to 3 hosts",
    "web-1: unpacked, 214 files",
    "web-2: unpacked, 214 files",
    "web-3: waiting for connections to end (12 left)",
    f"web-3: {'/srv/shop/releases/v1.2.0/static/fonts' * 4}",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A project, the moment it is looked at, and what of a running operation is seen."""

    project: Project
    now: Instant = field(default_factory=lambda: instant(LATER))
    step: str = ""
    progress: str = ""
    share: float | None = None
    output: tuple[str, ...] = ()

    @property
    def view(self) -> ProjectView:
        return view(self.project, self.now)

    @property
    def live(self) -> Live:
        return Live(
            status=self.view.status,
            at=self.now.wall,
            step=self.step,
            step_started=NOON + timedelta(minutes=3),
            progress=self.progress,
            share=self.share,
            command=self.step if self.output else "",
            output=self.output,
        )


def candidate(version: str = "1.2.0", bump: str = "minor", **sections: dict[str, object]) -> Release:
    return release(
        version,
        bump=bump,
        notes=NOTES,
        contents=CONTENTS,
        changes=Changes(files=17, insertions=1204, deletions=86),
        policy=policy(project={"name": "Shop"}, **sections),
    )


def at(state: State, id: str, *, name: str = "Shop", prepared: Release | None = None, **fields: object) -> Project:
    return project(state, id=id, name=name, pin=HOTFIX, lineage=LINEAGE, candidate=prepared or candidate(), **fields)


def _refused() -> Project:
    preparing = begun(at(State.ACTIVE, "blocked"), OperationKind.PREPARE)
    said = "Release Blocked. You have 1 Open Task, Stale Tests and an Untrusted Policy."
    ended = outcome(preparing, said, ok=False).model_copy(update={"blocked_by": BLOCKED, "ended_at": instant().wall})
    return lifecycle.refuse_candidate(preparing, ended).project


def _held() -> Project:
    hold = Hold(reason="The payment provider has an incident.", by=PERSON, at=NOON + timedelta(minutes=1))
    return holding.set_hold(at(State.SOAKING, "held"), hold).project


def _hotfix() -> Project:
    declared = Hotfix(reason="Checkout fails for customers without a postcode.", by=PERSON, at=NOON)
    return hotfix.open_hotfix(at(State.ACTIVE, "hotfix"), declared).project


def _signed_question() -> Project:
    """Two approvers, a hotfix, and outside of the window."""
    declared = Hotfix(reason="Checkout fails for customers without a postcode.", by=PERSON, at=NOON)
    outside = OutsideWindow(reason="It cannot wait until Monday.", by=PERSON, at=NOON)
    rules = {"channels": ["console"], "approvers": "approvers", "required": 2}
    prepared = candidate("1.1.1", "patch", production={"approval": rules, "windows": WINDOWS})
    prepared = prepared.model_copy(update={"hotfix": declared, "outside": outside})
    return at(State.AWAITING_APPROVAL, "signed", prepared=prepared)


def _asked_back() -> Project:
    idle = at(State.IDLE, "asked-back")
    plan = rollback.plan_rollback(idle, reason="Orders are lost.", cause=Cause.AGENT, now=NOON)
    assert plan is not None
    approval = ask_approval(idle, plan, id="a", nonce="n", now=instant())
    return rollback.ask(idle, plan, approval, "agent:codex").project


def _lost() -> Project:
    fault = "The release tag v1.1.0 proves entry 412, and the stored history ends at entry 380."
    return at(State.HALTED, "lost").model_copy(update={"history_fault": fault})


def _long() -> Project:
    """Names as long as they may be, without a space to break at."""
    word = "Donaudampfschifffahrtsgesellschaftskapitaen" * 4
    prepared = candidate().model_copy(update={"tag": f"v1.2.0-{'x' * 60}", "remarks": (word,)})
    return at(State.AWAITING_APPROVAL, "long", name=word[:120], prepared=prepared)


def states() -> Mapping[str, Shown]:
    """By the name of the picture, which is the project's id, too."""
    closed = candidate(production={"windows": WINDOWS})
    soaked = instant(SOAK + timedelta(seconds=1))
    shown = (
        Shown(project(State.IDLE, id="new", name="A new project")),
        Shown(at(State.IDLE, "idle")),
        Shown(_refused()),
        Shown(begun(at(State.ACTIVE, "testing"), OperationKind.TESTS), step="tests", output=OUTPUT),
        Shown(_hotfix()),
        Shown(at(State.RELEASE_CANDIDATE, "candidate")),
        Shown(at(State.STAGING, "staging"), step="staging", output=OUTPUT),
        Shown(at(State.SOAKING, "soaking")),
        Shown(at(State.SOAKING, "soaked"), soaked),
        Shown(at(State.SOAKING, "closed", prepared=closed), soaked),
        Shown(_held()),
        Shown(at(State.AWAITING_APPROVAL, "asked"), soaked),
        Shown(_signed_question(), soaked),
        Shown(_asked_back()),
        Shown(_long(), soaked),
        Shown(at(State.DEPLOYING, "deploying"), step="deployment", output=OUTPUT),
        Shown(
            at(State.VERIFYING, "verifying"),
            step="verification",
            progress="142 s of 300 s: 0 of 710 failed, 3 slow",
            share=0.473,
        ),
        Shown(at(State.ARCHIVED, "archived"), step="closure"),
        Shown(at(State.ROLLING_BACK, "rolling-back"), step="rollback", output=OUTPUT),
        Shown(at(State.HALTED, "halted")),
        Shown(_lost()),
    )
    return {one.project.id: one for one in shown}


@dataclass(slots=True)
class States(Engine):
    """Answers what pages ask of each of these projects."""

    shown: Mapping[str, Shown] = field(default_factory=states)

    async def ask(self, person: str, project: str, request: Any) -> object:
        if isinstance(request, ViewProjects):
            return tuple(one.view for one in self.shown.values())
        if project not in self.shown:
            raise UnknownProjectError(project=project)
        one = self.shown[project]
        if type(request) in _ANSWERS:
            return _ANSWERS[type(request)](one)
        self.projects = {project: one.project}
        return await Engine.ask(self, person, project, request)


def pages(engine: States) -> Iterator[tuple[str, str, datetime]]:
    """Each page on which a state shows: its name, its path, and the moment at which it is looked at."""
    for name, path in (("projects", "/"), ("passkey", "/passkey"), ("unknown", "/projects/none")):
        yield name, path, NOON + LATER
    for name, one in engine.shown.items():
        for page in ("", *_DECIDED.get(one.project.state, ()), *_DECIDED.get(name, ())):
            yield f"{name}{page.replace('/', '-')}", f"/projects/{name}{page}", one.now.wall


_DECIDED = {
    "AWAITING_APPROVAL": ("/question",),
    "HALTED": ("/production",),
    "asked-back": ("/question",),
    "idle": ("/plan", "/production"),
    "blocked": ("/plan",),
    "hotfix": ("/plan",),
    "new": (
        "/plan",
        "/question",
        "/verification",
        "/releases",
        "/history",
        "/findings",
        "/insights",
        "/production",
    ),
    "verifying": ("/verification",),
    "rolling-back": ("/verification",),
}


def _preview(one: Shown) -> Preview:
    blocked = BLOCKED if one.project.id == "blocked" else ()
    failing = {gate.gate: gate.message for gate in blocked}
    gates = ("sprint", "tree", "findings", "tests", "build", "trust", "changelog", "environment")
    policy = candidate(production={"windows": WINDOWS}).policy
    return Preview(
        type="minor",
        commit="9f2c41d07b" * 4,
        tag="v1.2.0",
        version="1.2.0",
        reason='What is new demands minor (line 7, "The checkout remembers the address", stands under Added).',
        notes=NOTES,
        changes=Changes(files=17, insertions=1204, deletions=86),
        blocked="Release Blocked. You have 1 Open Task, Stale Tests and an Untrusted Policy." if blocked else None,
        blocked_by=blocked,
        gates=tuple(
            PreviewedGate(
                gate=gate,
                verdict="blocks" if gate in failing else "untried" if gate == "build" else "holds",
            )
            for gate in gates
        ),
        commands=previewed_commands(policy),
        soak=SOAK,
        window=window_sentence(policy, one.now.wall),
        asked=asked_sentence(policy),
    )


def _rollback(one: Shown) -> RollbackQuestion:
    plan = rollback.plan_rollback(one.project, reason="", cause=Cause.PERSON, now=one.now.wall)
    if plan is None or not rollback.can_roll_back(one.project):
        raise NothingToLeaveError
    return RollbackQuestion(text=question_text(plan), phrase="ROLLBACK-NOW")


def _verification(one: Shown) -> VerificationView:
    """Some answers are slow; those of a release that failed are errors from a moment on."""
    failed = one.project.state in (State.ROLLING_BACK, State.HALTED)
    if not failed and one.project.state is not State.VERIFYING:
        raise NoVerificationError
    bad_from = 24.0 if failed else 1000.0
    samples = [
        Sample(
            at=number / 5,
            ok=number / 5 < bad_from,
            latency_ms=640.0 if number % 230 == 0 else 31.0 + number % 17,
            fault="none" if number / 5 < bad_from else "target",
            reason="" if number / 5 < bad_from else "answered 502",
        )
        for number in range(160 if failed else 710)
    ]
    thresholds = Thresholds(error_rate=0.01, latency_ms=500, window_s=300, rate=5)
    said = "40 of 160 probes failed (25 %), limit 1 %, the last one: answered 502"
    decided = Judgement(verdict=Verdict.FAILED, rule="error rate, sequential test", numbers=said)
    return VerificationView(
        operation="operation-9",
        ends=None if failed else one.now.wall + timedelta(seconds=158),
        trace=trace_of(samples, thresholds),
        judgement=decided if failed else None,
    )


_ANSWERS: Mapping[type[Any], Callable[[Shown], object]] = {
    ViewProject: lambda one: one.view,
    Watch: lambda one: one.live,
    AskForPasskey: lambda _: PasskeyUse(challenge="c", relying_party="localhost", credentials=("c",)),
    RollbackText: _rollback,
    PlanRelease: _preview,
    ViewVerification: _verification,
    Releases: lambda _: (),
    Findings: lambda _: (),
    SearchAudit: lambda _: FoundEntries(entries=(), next_before=None),
}


@dataclass(frozen=True, slots=True)
class InMemory:
    """The address of a console whose engine is in this process."""

    origin: str
    links: Links

    @property
    def project(self) -> str:
        return f"{self.origin}/projects/asked"

    def link(self) -> str:
        return f"{self.origin}/open?link={self.links.make(Holder('ada', 0))}"


@asynccontextmanager
async def serving(folder: Path, engine: Engine) -> AsyncIterator[InMemory]:
    """A console on a free port, over its own server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://localhost:{listener.getsockname()[1]}"
        links, sessions = Links(), SessionFiles(folder / "console")
        sessions.prepare()
        served = Served(cast("Api", engine), sessions, links, OwnUser(), origin, "advisory")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app.run, served, Settings(), [listener])
            yield InMemory(origin, links)
            tasks.cancel_scope.cancel()
