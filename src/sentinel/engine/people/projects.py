"""Projects: as an operator registers one by its remote (separated mode), and as the console shows them."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from sentinel.core.policy.values import Branch
from sentinel.core.release.model import Origin, Project
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest


class AddProject(OperatorRequest):
    wire: ClassVar[str] = "add_project"
    about_project: ClassVar[bool] = False
    url: Annotated[str, Field(max_length=2000)]
    branch: Branch

    async def carry_out(self, call: Call) -> str:
        """The id of the project."""
        return await call.projects.register(Origin(url=self.url, branch=self.branch), call.by)

    def render(self, result: str, screen: Screen) -> str:
        return f"Registered: {result}. Read and pin its policy next: `sentinel trust --project {result}`."


MOST_PROJECTS = 200


class ProjectView(Frozen):
    """A project and how it stands; `soak_ends` is when its soak will be over, while it is not.

    Two that are equal are shown alike, whenever that is.
    """

    project: Project
    status: ReleaseStatus
    soak_ends: AwareDatetime | None


class ViewProject(OperatorRequest):
    wire: ClassVar[str] = "view_project"

    async def carry_out(self, call: Call) -> ProjectView:
        return await _view(call, await call.project())


class ViewProjects(OperatorRequest):
    """The projects of this daemon by their ids, those after `after`."""

    wire: ClassVar[str] = "view_projects"
    about_project: ClassVar[bool] = False
    after: Annotated[str, Field(max_length=200)] = ""

    async def carry_out(self, call: Call) -> tuple[ProjectView, ...]:
        found = await call.world.store.projects(after=self.after, limit=MOST_PROJECTS)
        return tuple([await _view(call, project) for project in found])


async def _view(call: Call, project: Project) -> ProjectView:
    status = await call.views.status(project.id)
    staged = project.release.staged if project.release is not None else None
    soak_ends = staged.soak.ends(call.world.clock.now()) if staged is not None else None
    return ProjectView(project=project, status=status, soak_ends=soak_ends)
