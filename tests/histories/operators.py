"""People: they approve with right and wrong phrases, and do whatever else only people may do."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sentinel.core.release.holding import BEFORE_PRODUCTION
from sentinel.core.release.model import Project
from sentinel.core.release.rollback import can_roll_back
from sentinel.core.release.states import State
from sentinel.engine.api import Asks
from sentinel.engine.approvals import Question
from sentinel.engine.people.approval import Approve, OpenQuestion, Reject
from sentinel.engine.people.candidate import HoldReleases, UnholdReleases, WaiveWindow
from sentinel.engine.people.findings import Findings, ResolveFinding
from sentinel.engine.people.production import Adopt, Resolve, Rollback
from sentinel.engine.people.sprint import CloseSprint, EndHotfix, StartHotfix, StartSprint
from sentinel.engine.people.trust import PreviewTrust, Trust
from sentinel.errors.approval import OnHoldError, WindowClosedError
from sentinel.errors.release import InvariantBrokenError, LockedToolError
from tests.histories.host import Actor
from tests.histories.outside import PROJECT

T = TypeVar("T")

_REQUESTS = (
    *("approve", "approve", "approve", "trust", "findings", "sprint", "rollback", "adopt", "resolve", "reject"),
    *("hold", "unhold", "waive", "start hotfix", "end hotfix"),
)


class Operator(Actor):
    """One person at a terminal; `_stale` is a question that was read and not answered at once."""

    _stale: Question | None = None

    async def act(self) -> None:
        project, now = await self.host.ask(lambda parts: parts.agents.project(PROJECT))
        requests: dict[str, Callable[[Project], Awaitable[object]]] = {
            "approve": self._approve,
            "trust": self._trust,
            "findings": self._findings,
            "sprint": self._sprint,
            "rollback": self._rollback,
            "adopt": self._adopt,
            "resolve": self._resolve,
            "reject": self._reject,
            "hold": self._hold,
            "unhold": self._unhold,
            "waive": self._waive,
            "start hotfix": self._start_hotfix,
            "end hotfix": self._end_hotfix,
        }
        request = self._choose(project, now.wall)
        self.say(f"{request} in {project.state}")
        await requests[request](project)

    def _choose(self, project: Project, now: datetime) -> str:
        if project.pin is None:
            return "trust"
        if project.hold is not None and self.chance.random() < 0.7:
            return "rollback" if can_roll_back(project) and self.chance.random() < 0.4 else "unhold"
        if self.chance.random() < 0.12:
            return self.chance.choice(_REQUESTS)
        if self._is_closed(project, now) and self.chance.random() < 0.6:
            return "waive"
        if project.approval is not None or project.rollback_approval is not None:
            return "approve"
        if project.state is State.HALTED:
            return self.chance.choice(("resolve", "rollback", "adopt"))
        if project.state in (State.IDLE, State.ACTIVE) and self.chance.random() < 0.15:
            return "start hotfix" if project.hotfix is None or self.chance.random() < 0.8 else "end hotfix"
        return self.chance.choice(("trust", "findings", "findings"))

    def _is_closed(self, project: Project, now: datetime) -> bool:
        release = project.release if project.state in BEFORE_PRODUCTION else None
        return (
            release is not None
            and release.outside is None
            and self.host.outside.terms[release.commit].opening.is_closed(now)
        )

    @property
    def _person(self) -> str:
        return f"person:{self.name}"

    async def _approve(self, _project: Project) -> None:
        asked = await self.host.ask_as(self._person, OpenQuestion())
        if self._stale is not None and self.chance.random() < 0.1:
            asked = self._stale
        elif self.chance.random() < 0.1:
            self._stale = asked
            return
        digest = asked.plan_digest if self.chance.random() < 0.95 else "0" * 64
        phrase = asked.phrase if self.chance.random() < 0.9 else self.chance.choice(("deploy-now", "", "ROLLBACK-NOW "))
        self.host.outside.plans[hashlib.sha256(asked.document.encode()).hexdigest()] = asked.document
        if (digest, phrase) == (asked.plan_digest, asked.phrase):
            self.host.outside.see("person approved", asked.approval_id, digest)
        given = Approve(approval_id=asked.approval_id, plan_digest=digest, phrase=phrase, channel="terminal")
        if asked.kind == "rollback":
            answer = await self._unhindered(given)
        else:
            answer = await self.host.ask_as(self._person, given)
        self.say(f"approved: {answer.status.message}")

    async def _trust(self, _project: Project) -> None:
        shown = await self.host.ask_as(self._person, PreviewTrust())
        if not shown.already_trusted:
            await self.host.ask_as(self._person, Trust(digest=shown.digest))

    async def _findings(self, _project: Project) -> None:
        for stored in await self.host.ask_as(self._person, Findings(open_only=True)):
            await self.host.ask_as(self._person, ResolveFinding(number=stored.number, reason="seen"))

    async def _sprint(self, project: Project) -> None:
        if project.sprint is None:
            await self.host.ask_as(self._person, StartSprint(name="Winter"))
        else:
            await self.host.ask_as(self._person, CloseSprint())

    async def _rollback(self, _project: Project) -> None:
        await self._unhindered(Rollback(reason="I saw it."))

    async def _unhindered(self, rollback: Asks[T]) -> T:
        """What keeps releases back keeps no rollback back."""
        try:
            return await self.host.ask_as(self._person, rollback)
        except (InvariantBrokenError, OnHoldError, LockedToolError, WindowClosedError) as error:
            self.host.outside.find(f"a rollback was held back: {error}")
            raise

    async def _adopt(self, project: Project) -> None:
        await self.host.ask_as(self._person, Adopt(version=self._version(project)))

    async def _resolve(self, project: Project) -> None:
        version = self.chance.choice((None, self._version(project)))
        await self.host.ask_as(self._person, Resolve(production=version))

    async def _reject(self, _project: Project) -> None:
        await self.host.ask_as(self._person, Reject())

    async def _hold(self, _project: Project) -> None:
        await self.host.ask_as(self._person, HoldReleases(reason="It smells."))

    async def _unhold(self, project: Project) -> None:
        reason = project.hold.reason if project.hold else ""
        await self.host.ask_as(self._person, UnholdReleases(reason=reason))

    async def _waive(self, project: Project) -> None:
        release_id = project.release.id if project.release else ""
        await self.host.ask_as(self._person, WaiveWindow(release_id=release_id, reason=self._reason("Customers wait")))

    async def _start_hotfix(self, _project: Project) -> None:
        await self.host.ask_as(self._person, StartHotfix(reason=self._reason("Customers cannot pay")))

    async def _end_hotfix(self, _project: Project) -> None:
        await self.host.ask_as(self._person, EndHotfix())

    def _reason(self, why: str) -> str:
        """One of its own, so that it is known where it stands."""
        return f"{why}, {self.chance.randrange(1000)}"

    def _version(self, project: Project) -> str:
        known = [deployed.tag for deployed in project.lineage]
        return self.chance.choice([*known, "v0.0.1", *sorted(self.host.outside.tags)])
