"""Which page stands at which address, what the engine is asked for it, and the proof that people download."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from anyio import from_thread
from pydantic_core import to_jsonable_python
from starlette.routing import compile_path

from sentinel.core.audit.chain import TOPICS, Sought
from sentinel.core.release.delivery import deliveries, delivery
from sentinel.engine.api import Api, Asks
from sentinel.engine.people.approval import OpenQuestion
from sentinel.engine.people.audit import SearchAudit
from sentinel.engine.people.findings import Findings
from sentinel.engine.people.passkeys import AskForPasskey, MayApprove
from sentinel.engine.people.production import RollbackText
from sentinel.engine.people.projects import MOST_PROJECTS, ViewProject, ViewProjects
from sentinel.engine.people.releases import PlanRelease, Releases, ShowRelease
from sentinel.engine.people.status import ViewVerification, Watch
from sentinel.errors import SentinelError
from sentinel.errors.connection import UnknownPageError
from sentinel.errors.release import NothingToLeaveError, NoVerificationError
from sentinel.front.console.page import Page
from sentinel.front.console.pages.findings import findings_page
from sentinel.front.console.pages.history import history_page
from sentinel.front.console.pages.insights import insights_page
from sentinel.front.console.pages.plan import TYPES, no_plan_page, plan_page
from sentinel.front.console.pages.production import production_page
from sentinel.front.console.pages.project import project_page
from sentinel.front.console.pages.projects import projects_page
from sentinel.front.console.pages.question import no_question_page, question_page
from sentinel.front.console.pages.releases import release_page, releases_page
from sentinel.front.console.pages.verification import no_verification_page, verification_page

WEEKS = 12
"""How far back insights look."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who wants to see which project, with the parameters of the address.

    `key` is the passkey that their session began with: it shows the projects that it may approve for.
    """

    api: Api
    person: str
    project_id: str
    named: Mapping[str, str]
    query: Mapping[str, str]
    key: str | None = None

    async def ask(self, request: Asks[R]) -> R:
        return await self.api.ask(self.person, self.project_id, request)

    async def sees(self, project_id: str) -> bool:
        return self.key is None or await self.api.ask(self.person, project_id, MayApprove(public_key=self.key))


Build = Callable[[Visit], Awaitable[partial[Page]]]
"""Asks for what a page shows. The page is made later, of these values alone: where they are the same, so is it."""


async def _projects(visit: Visit) -> partial[Page]:
    found = await visit.ask(ViewProjects(after=visit.query.get("after", "")[:200]))
    seen = [view for view in found if await visit.sees(view.project.id)]
    return partial(projects_page, seen, following=found[-1].project.id if len(found) == MOST_PROJECTS else None)


async def _project(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    return partial(project_page, view, await visit.ask(Watch()) if view.project.operation is not None else None)


async def _plan(visit: Visit) -> partial[Page]:
    view, chosen = await visit.ask(ViewProject()), visit.query.get("type")
    wanted = cast("Literal['patch', 'minor', 'major'] | None", chosen if chosen in TYPES else None)
    try:
        return partial(plan_page, view, await visit.ask(PlanRelease(type=wanted)), wanted)
    except SentinelError as error:
        return partial(no_plan_page, view, visit.api.mask(error.what), visit.api.mask(error.fix))


async def _question(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    try:
        question = await visit.ask(OpenQuestion())
        passkeys = await visit.ask(AskForPasskey()) if question.approvers is not None else None
    except SentinelError as error:
        return partial(no_question_page, view, visit.api.mask(error.what), visit.api.mask(error.fix))
    return partial(question_page, view, question, passkeys)


async def _verification(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    try:
        found = await visit.ask(ViewVerification(operation=visit.named.get("operation")))
    except NoVerificationError as error:
        return partial(no_verification_page, view, error.what, error.fix)
    return partial(verification_page, view, found)


async def _releases(visit: Visit) -> partial[Page]:
    return partial(releases_page, await visit.ask(ViewProject()), await visit.ask(Releases()))


async def _release(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    detail = await visit.ask(ShowRelease(version=visit.named["version"][:80]))
    for operation in detail.release.operations:  # its own comes before that of a rollback
        with suppress(NoVerificationError):
            return partial(release_page, view, detail, await visit.ask(ViewVerification(operation=operation)))
    return partial(release_page, view, detail, None)


async def _insights(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    records, now = await visit.ask(Releases()), datetime.now(UTC)
    return partial(insights_page, view, deliveries(records, now, weeks=WEEKS), delivery(records, now, weeks=WEEKS))


async def _history(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    topic = visit.query.get("topic", "")
    sought = Sought(topic=topic if topic in TOPICS else "what happened", words=visit.query.get("words", "")[:200])
    given = visit.query.get("before", "")
    before = int(given[:15]) if given.isdecimal() else None
    return partial(history_page, view, sought, await visit.ask(SearchAudit(sought=sought, before=before)), before)


async def _findings(visit: Visit) -> partial[Page]:
    return partial(findings_page, await visit.ask(ViewProject()), await visit.ask(Findings(open_only=False)))


async def _production(visit: Visit) -> partial[Page]:
    view = await visit.ask(ViewProject())
    try:
        return partial(production_page, view, (await visit.ask(RollbackText())).text, ())
    except NothingToLeaveError as error:
        return partial(production_page, view, None, (error.what, error.fix))


PAGES: Mapping[str, Build] = {
    "/": _projects,
    "/projects/{project}": _project,
    "/projects/{project}/plan": _plan,
    "/projects/{project}/question": _question,
    "/projects/{project}/verification": _verification,
    "/projects/{project}/verification/{operation}": _verification,
    "/projects/{project}/releases": _releases,
    "/projects/{project}/releases/{version}": _release,
    "/projects/{project}/insights": _insights,
    "/projects/{project}/history": _history,
    "/projects/{project}/findings": _findings,
    "/projects/{project}/production": _production,
}
"""Each page by the pattern of its address."""
_COMPILED = [(compile_path(pattern)[0], build) for pattern, build in PAGES.items()]


def find(path: str) -> tuple[Build, Mapping[str, str]]:
    """The page of an address, and what its pattern names. Raises UnknownPageError."""
    for pattern, build in _COMPILED:
        match = pattern.match(path)
        if match is not None:
            return build, match.groupdict()
    raise UnknownPageError


@dataclass(frozen=True, slots=True)
class InProcess:
    """Asks as the command line does, from a thread of the daemon's."""

    api: Api
    person: str
    project: str

    def ask(self, wire: str, **arguments: object) -> Any:
        request = self.api.requests[wire].model_validate(arguments)
        return to_jsonable_python(from_thread.run(self.api.ask, self.person, self.project, request))


def write_proof(source: InProcess, target: Path) -> None:
    """To be run in a thread. Raises BundleTargetError."""
    from sentinel.front.cli.bundle import export  # noqa: PLC0415 - it loads cryptography

    export(source, target)
