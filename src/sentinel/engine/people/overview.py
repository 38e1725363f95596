"""Projects as the console shows them: the stored document at a moment, and what is known beside it."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.release.model import Project
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.instant import Instant
from sentinel.engine.api import Call, OperatorRequest

MOST_PROJECTS = 200


class ProjectView(Frozen):
    """A project and how it stood at `now`; `tail` is the end of what the running script printed."""

    project: Project
    now: Instant
    status: ReleaseStatus
    tail: FreeText = ""


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
    return ProjectView(project=project, now=call.world.clock.now(), status=status)
