"""Which page stands at which address, and what the engine is asked for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from starlette.routing import compile_path

from sentinel.engine.api import Api, Asks
from sentinel.engine.people.approval import OpenQuestion
from sentinel.engine.people.overview import MOST_PROJECTS, ViewProject, ViewProjects
from sentinel.engine.people.passkeys import AskForPasskey, MayApprove
from sentinel.errors import SentinelError
from sentinel.errors.console import UnknownPageError
from sentinel.front.console.page import Page
from sentinel.front.console.pages.project import project_page
from sentinel.front.console.pages.projects import projects_page
from sentinel.front.console.pages.question import no_question_page, question_page

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


Build = Callable[[Visit], Awaitable[Page]]


async def _projects(visit: Visit) -> Page:
    found = await visit.ask(ViewProjects(after=visit.query.get("after", "")[:200]))
    seen = [view for view in found if await visit.sees(view.project.id)]
    return projects_page(seen, following=found[-1].project.id if len(found) == MOST_PROJECTS else None)


async def _project(visit: Visit) -> Page:
    return project_page(await visit.ask(ViewProject()))


async def _question(visit: Visit) -> Page:
    view = await visit.ask(ViewProject())
    try:
        question = await visit.ask(OpenQuestion())
        passkeys = await visit.ask(AskForPasskey()) if question.approvers is not None else None
    except SentinelError as error:
        return no_question_page(view, visit.api.mask(error.what), visit.api.mask(error.fix))
    return question_page(view, question, passkeys)


PAGES: Mapping[str, Build] = {
    "/": _projects,
    "/projects/{project}": _project,
    "/projects/{project}/question": _question,
}
"""Each page by the pattern of its address; all of them are live."""
_COMPILED = [(compile_path(pattern)[0], build) for pattern, build in PAGES.items()]


def find(path: str) -> tuple[Build, Mapping[str, str]]:
    """The page of an address, and what its pattern names. Raises UnknownPageError."""
    for pattern, build in _COMPILED:
        match = pattern.match(path)
        if match is not None:
            return build, match.groupdict()
    raise UnknownPageError
