"""People: they approve with right and wrong phrases, and do whatever else only people may do."""

from collections.abc import Awaitable, Callable

from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.engine.approvals import Question
from sentinel.engine.people.approval import Approve, OpenQuestion, Reject
from sentinel.engine.people.candidate import HoldReleases, UnholdReleases
from sentinel.engine.people.findings import Findings, ResolveFinding
from sentinel.engine.people.production import Adopt, Resolve, Rollback
from sentinel.engine.people.sprint import CloseSprint, StartSprint
from sentinel.engine.people.trust import PreviewTrust, Trust
from tests.histories.host import Actor
from tests.histories.outside import PROJECT

_REQUESTS = (
    *("approve", "approve", "approve", "trust", "findings", "sprint", "rollback", "adopt", "resolve", "reject"),
    *("hold", "unhold"),
)


class Operator(Actor):
    """One person at a terminal; `_stale` is a question that was read and not answered at once."""

    _stale: Question | None = None

    async def act(self) -> None:
        project, _ = await self.host.ask(lambda parts: parts.agents.project(PROJECT))
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
        }
        request = self._choose(project)
        self.say(f"{request} in {project.state}")
        await requests[request](project)

    def _choose(self, project: Project) -> str:
        if project.pin is None:
            return "trust"
        if project.hold is not None and self.chance.random() < 0.6:
            return "unhold"
        if self.chance.random() < 0.12:
            return self.chance.choice(_REQUESTS)
        if project.approval is not None or project.rollback_approval is not None:
            return "approve"
        if project.state is State.HALTED:
            return self.chance.choice(("resolve", "rollback", "adopt"))
        return self.chance.choice(("trust", "findings", "findings"))

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
        if (digest, phrase) == (asked.plan_digest, asked.phrase):
            self.host.outside.see("person approved", asked.approval_id, digest)
        answer = await self.host.ask_as(
            self._person,
            Approve(approval_id=asked.approval_id, plan_digest=digest, phrase=phrase, channel="terminal"),
        )
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
        await self.host.ask_as(self._person, Rollback(reason="I saw it."))

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

    def _version(self, project: Project) -> str:
        known = [deployed.tag for deployed in project.lineage]
        return self.chance.choice([*known, "v0.0.1", *sorted(self.host.outside.tags)])
