"""The console's application in memory, before an engine that answers with what a test gives it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import anyio
import httpx

from sentinel.adapters.console_sessions import SessionFiles
from sentinel.core.approval.content import question_content
from sentinel.core.approval.question import PHRASES, current_document, rules_of
from sentinel.core.release.model import Project
from sentinel.core.tools.status import Trust, status_of
from sentinel.core.tools.status_text import Live
from sentinel.core.values.times import Instant
from sentinel.engine.api import Api
from sentinel.engine.approvals import Question, open_question
from sentinel.engine.people.approval import OpenQuestion
from sentinel.engine.people.projects import ProjectView, ViewProject, ViewProjects, view_of
from sentinel.engine.people.status import Watch
from sentinel.errors.approval import NothingToApproveError
from sentinel.errors.store import UnknownProjectError
from sentinel.front.console.app import Console
from sentinel.front.console.server import Holder, Links, Served
from sentinel.front.unix_sockets import Admission, OwnUser
from tests.core.projects import instant

ORIGIN = "http://localhost:7467"
Answers = dict[type[Any], Callable[[Any], object]]


@dataclass(slots=True)
class Engine:
    """`asked` are the requests that came, with who asked; `projects` answers what pages read."""

    projects: dict[str, Project] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    changed: anyio.Event = field(default_factory=anyio.Event)

    async def ask(self, person: str, project: str, request: Any) -> object:
        self.asked.append((person, request))
        if type(request) in self.answers:
            return self.answers[type(request)](request)
        if isinstance(request, ViewProjects):
            return tuple(map(view, self.projects.values()))
        if isinstance(request, ViewProject):
            if project not in self.projects:
                raise UnknownProjectError(project=project)
            return view(self.projects[project])
        if isinstance(request, Watch):
            return Live(status=view(self.projects[project]).status, at=instant().wall, step="building")
        if isinstance(request, OpenQuestion):
            return question(self.projects[project])
        raise AssertionError(request)

    def mask(self, text: str) -> str:
        return text

    @asynccontextmanager
    async def watch(self, _project: str) -> AsyncIterator["Engine"]:
        yield self

    async def wait(self, _seconds: float) -> bool:
        await self.changed.wait()
        self.changed = anyio.Event()
        return True


def view(project: Project, now: Instant | None = None) -> ProjectView:
    now = now or instant()
    return view_of(project, status_of(project, now, trust="advisory"), now)


def question(asked: Project) -> Question:
    """What the engine asks of a project that waits for an answer."""
    approval = open_question(asked)
    if approval is None:
        raise NothingToApproveError
    content = question_content(asked, approval, (), now=instant().wall, separated=False)
    document = current_document(asked, approval, instant())
    assert content is not None
    assert document is not None
    rules = rules_of(asked, approval.kind)
    return Question(
        project=asked.id,
        name=asked.name,
        commit=content.commit,
        approval_id=approval.id,
        plan_digest=approval.plan_digest,
        kind=approval.kind,
        text=approval.text,
        phrase=PHRASES[approval.kind],
        channels=rules.channels,
        expires_in_seconds=60,
        document=document.decode(),
        approvers=rules.approvers,
        required=rules.required,
        signed=(),
        content=content,
    )


@dataclass(slots=True)
class Browser:
    """A browser of one person: their cookies, and the token that a script would keep."""

    client: httpx.AsyncClient
    console: Console
    engine: Engine
    links: Links
    sessions: SessionFiles
    token: str = ""
    origin: str = ORIGIN

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """As a page's form is sent."""
        return await self.client.post(path, data={"token": self.token, **fields}, headers={"Origin": self.origin})

    def link(self, person: str = "ada", uid: int = 1000) -> str:
        return self.links.make(Holder(person, uid))

    async def sign_in(self, person: str = "ada") -> "Browser":
        answer = await self.post("/open", link=self.link(person), next="/")
        assert answer.status_code == 200, answer.text
        self.token = answer.text.partition('data-form-token="')[2].partition('"')[0]
        assert self.token
        return self


@asynccontextmanager
async def browsing(
    folder: Path,
    engine: Engine,
    *,
    admission: Admission | None = None,
    origin: str = ORIGIN,
    trust: Trust = "advisory",
) -> AsyncIterator[Browser]:
    links, sessions = Links(), SessionFiles(folder / "console")
    served = Served(cast("Api", engine), sessions, links, admission or OwnUser(), origin, trust)
    console = Console(served)
    transport = httpx.ASGITransport(app=console.app())
    async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
        yield Browser(client, console, engine, links, sessions, origin=origin)
    console.feeds.end_all()
