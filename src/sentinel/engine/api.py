"""What people may ask of the engine: each request is one value with its handler, in a module of `engine/people/`.

The operator socket finds a request by its name on the wire; the console asks in-process. Both come here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Protocol, TypeVar

from sentinel.core.release.model import Project
from sentinel.core.tools.status_text import person_text
from sentinel.core.values.free_text import without_secrets
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.screen import Screen
from sentinel.engine import people
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.transactions import load_project
from sentinel.engine.runtime.watch import Hub
from sentinel.engine.statuses import Answer, Begun, Statuses
from sentinel.ports.world import World

Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, about which project, and what a handler works with.

    `project_id` is empty if a request is about no project.
    """

    by: str
    project_id: str
    world: World
    projects: Projects
    statuses: Statuses

    async def project(self) -> Project:
        """Raises UnknownProjectError."""
        return await load_project(self.world, self.project_id)

    async def answer(self, begun: Begun | str) -> Answer:
        """The status, with what the request has begun or with a sentence that says what it has done."""
        if isinstance(begun, str):
            return await self.statuses.answer(self.project_id, begun)
        return await self.statuses.answer(self.project_id, begun.message, operation_id=begun.operation_id)


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
        """The result as the command line prints it; text from outside is made printable."""
        return person_text(result.status, screen) if isinstance(result, Answer) else ""


class Api(Statuses):
    """Answers the command line and the console."""

    def __init__(self, world: World, projects: Projects, hub: Hub) -> None:
        super().__init__(world, projects, hub)
        self._projects = projects
        self.requests = requests()

    async def ask(self, person: str, project_id: str, request: Asks[Result_co]) -> Result_co:
        """The result of `request`; `person` is recorded as who asked. Raises SentinelError.

        Neither the handler nor the answer has a secret in free text.
        """
        call = Call(person, project_id, self._world, self._projects, self)
        return without_secrets(await without_secrets(request, self.mask).carry_out(call), self.mask)


@cache
def requests() -> Mapping[str, type[OperatorRequest]]:
    """Every request of the modules in `engine/people/`, by its name on the wire."""
    for module in iter_modules(people.__path__):
        import_module(f"{people.__name__}.{module.name}")
    return {request.wire: request for request in OperatorRequest.__subclasses__()}
