"""What people may ask of the engine: each request is one value with its handler, in a module of `engine/people/`.

The operator socket finds a request by its name on the wire; the console asks in-process. Both come here.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, ClassVar, Protocol, TypeVar

from sentinel.core.release.model import Project
from sentinel.core.tools.status_text import person_text
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.screen import Screen
from sentinel.engine import people
from sentinel.engine.approvals import Approvals
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.watch import Hub, ProjectWatch
from sentinel.engine.statuses import Answer, Views
from sentinel.ports.world import World

Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, about which project, and the parts of the engine that answer.

    `project_id` is empty where a request is about no project.
    """

    by: str
    project_id: str
    world: World
    projects: Projects
    views: Views
    approvals: Approvals
    hub: Hub

    async def project(self) -> Project:
        """Raises UnknownProjectError."""
        return await self.projects.load(self.project_id)


class Asks(Protocol[Result_co]):
    """A request, by what its handler returns."""

    async def carry_out(self, call: Call) -> Result_co: ...


class OperatorRequest(Frozen):
    """A request of a person: its fields are the arguments, checked when it is made.

    The result is a Frozen value or a tuple of them. Every refusal is a SentinelError.
    """

    wire: ClassVar[str]
    """The name on the operator socket."""
    about_project: ClassVar[bool] = True

    async def carry_out(self, call: Call) -> Any:
        raise NotImplementedError

    def render(self, result: Any, screen: Screen) -> str:
        """The result as the command line prints it; everything from outside in it is made printable."""
        return person_text(result.status, screen) if isinstance(result, Answer) else ""


class Api:
    """Answers the command line and the console."""

    def __init__(self, world: World, projects: Projects, views: Views, approvals: Approvals, hub: Hub) -> None:
        self._world = world
        self._projects = projects
        self._views = views
        self._approvals = approvals
        self._hub = hub
        self.requests = requests()

    async def ask(self, person: str, project_id: str, request: Asks[Result_co]) -> Result_co:
        """What `request` comes to; `person` is recorded as who asked. Raises SentinelError.

        No free text in either has a secret.
        """
        call = Call(person, project_id, self._world, self._projects, self._views, self._approvals, self._hub)
        mask = self._world.secrets.mask
        return without_secrets(await without_secrets(request, mask).carry_out(call), mask)

    async def open_project(self, directory: Path, claimed: str | None = None) -> str:
        """The id of the project whose repository encloses `directory`."""
        return await self._projects.open(directory, claimed)

    def watch(self, project_id: str) -> AbstractAsyncContextManager[ProjectWatch]:
        return self._hub.watch(project_id)

    def mask(self, text: str) -> str:
        """`text` without the daemon's secrets, for an error that is told as it is."""
        return self._world.secrets.mask(text)


@cache
def requests() -> Mapping[str, type[OperatorRequest]]:
    """Every request of the modules in `engine/people/`, by its name on the wire."""
    for module in iter_modules(people.__path__):
        import_module(f"{people.__name__}.{module.name}")
    return {request.wire: request for request in OperatorRequest.__subclasses__()}
