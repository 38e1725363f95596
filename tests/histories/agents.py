"""Agents: they mostly do the next thing, sometimes anything, and hold the list of tools against what calls allow."""

from sentinel.core.approval.question import ApprovalAnswer
from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import (
    AbandonRelease,
    Access,
    Deploy,
    EmergencyRollback,
    HoldRelease,
    PrepareRelease,
    Request,
    RunTests,
    StartSprint,
    Tool,
    accesses,
)
from sentinel.engine.statuses import Answer
from tests.histories.host import Actor
from tests.histories.outside import PROJECT

_S = State
_MEANT_TO_BE_REFUSED = (
    "is required for a production deployment",
    "is not the release candidate",
    "running with other arguments",
)
"""Refusals of a call whose arguments are wrong, whatever is unlocked."""
Place = tuple[Tool, str | None]


class Agent(Actor):
    """One client of the MCP server."""

    async def act(self) -> None:
        before, earlier = await self.host.ask(lambda parts: parts.agents.project(PROJECT))
        if self.chance.random() < 0.1:
            await self._answer_by_elicitation(before)
            return
        request = self._choose(before)
        answer = await self.host.ask(lambda parts: parts.agents.request(PROJECT, request, actor=f"agent:{self.name}"))
        after, later = await self.host.ask(lambda parts: parts.agents.project(PROJECT))
        self.say(f"{_words(request)}: {'ok' if answer.status.ok else 'no'}, {answer.status.message}")
        place = _place(request)
        rows = [_row(before, accesses(before, earlier), place), _row(after, accesses(after, later), place)]
        if _same(before, after) and not answer.status.ok and all(row.lock is None for row in rows):
            self._check_refusal(request, answer)
        if _same(before, after) and answer.status.ok and all(row.lock is not None for row in rows):
            self._check_following(request, before, answer)

    def _check_refusal(self, request: Request, answer: Answer) -> None:
        if not any(words in answer.status.message for words in _MEANT_TO_BE_REFUSED):
            self.host.outside.find(f"{_words(request)} was listed and refused: {answer.status.message}")

    def _check_following(self, request: Request, project: Project, answer: Answer) -> None:
        running = project.operation.id if project.operation else None
        if answer.operation_id != running:
            self.host.outside.find(f"{_words(request)} was locked and accepted: {answer.status.message}")

    def _choose(self, project: Project) -> Request:
        tag = project.release.tag if project.release else "v1.0.0"
        anything: tuple[Request, ...] = (
            StartSprint(name="Autumn"),
            RunTests(),
            PrepareRelease(type=self.chance.choice(("patch", "minor", "major"))),
            Deploy(target="staging"),
            Deploy(target="production", version=self.chance.choice((tag, tag[1:], "v9.9.9", None))),
            EmergencyRollback(reason="It is bad."),
            AbandonRelease(reason="It is not wanted."),
            HoldRelease(reason="It looks wrong."),
        )
        if self.chance.random() < 0.15:
            return self.chance.choice(anything)
        if project.hotfix is not None and project.evidence is not None and self.chance.random() < 0.5:
            return PrepareRelease(type="patch")
        sprint, tests, prepare, staging, production, rollback, abandon, _hold = anything
        wanted = Deploy(target="production", version=tag)
        useful = {
            _S.IDLE: (sprint, sprint, rollback),
            _S.ACTIVE: (tests, prepare, prepare),
            _S.RELEASE_CANDIDATE: (staging, staging, staging, staging, abandon),
            _S.SOAKING: (wanted, wanted, wanted, wanted, wanted, wanted, staging),
            _S.AWAITING_APPROVAL: (wanted, wanted, wanted, wanted, RunTests()),
            _S.DEPLOYING: (production, rollback),
            _S.VERIFYING: (production, production, rollback),
            _S.HALTED: (rollback, sprint),
        }
        return self.chance.choice(useful.get(project.state, anything))

    async def _answer_by_elicitation(self, project: Project) -> None:
        question = await self.host.ask(lambda parts: parts.agents.question(PROJECT))
        phrase = self.chance.choice((question.phrase, "yes"))
        if phrase == question.phrase and "elicitation" in question.channels:
            self.host.outside.see("person approved", question.approval_id, question.plan_digest)
        self.host.outside.plans[question.plan_digest] = question.document
        given = ApprovalAnswer(
            approval_id=question.approval_id, plan_digest=question.plan_digest, phrase=phrase, channel="elicitation"
        )
        answer = await self.host.ask(
            lambda parts: parts.agents.answer_question(PROJECT, given, actor="person:elicited")
        )
        self.say(f"elicited {phrase} in {project.state}: {answer.status.message}")


def _same(before: Project, after: Project) -> bool:
    """Nothing that decides has changed."""
    ignored = {"locked_calls": (), "open_high_findings": 0, "pin": None, "evidence": None}
    return before.model_copy(update=ignored) == after.model_copy(update=ignored)


def _row(_project: Project, rows: tuple[Access, ...], place: Place) -> Access:
    return next(row for row in rows if (row.tool, row.target) == place)


def _place(request: Request) -> Place:
    match request:
        case StartSprint():
            return Tool.START_SPRINT, None
        case RunTests():
            return Tool.RUN_TESTS, None
        case PrepareRelease():
            return Tool.PREPARE_RELEASE, None
        case Deploy(target=target):
            return Tool.DEPLOY, target
        case EmergencyRollback():
            return Tool.EMERGENCY_ROLLBACK, None
        case AbandonRelease():
            return Tool.ABANDON_RELEASE, None
        case HoldRelease():
            return Tool.HOLD_RELEASE, None


def _words(request: Request) -> str:
    return f"{type(request).__name__}({', '.join(f'{k}={v}' for k, v in request.model_dump().items())})"
