"""An operator registers a project by its remote (separated mode); the console lists projects."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from sentinel.core.policy.values import Branch
from sentinel.core.release.holding import BEFORE_PRODUCTION, closed_window
from sentinel.core.release.model import Origin, Project
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.screen import Screen
from sentinel.core.values.times import Instant
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
        return f"Registered: {result}. Next, read and pin its policy: `sentinel trust --project {result}`."


MOST_PROJECTS = 200


class ClosedView(Frozen):
    """Why the production window is closed, as a clause, and when it opens; None if no opening is in sight."""

    why: FreeText
    opens_at: AwareDatetime | None


class ProjectView(Frozen):
    """A project and how it stands; `soak_ends` is when its soak will be over, while it is not.

    `closed` is there while the window keeps the candidate from production.
    Two that are equal are shown alike, whenever that is.
    """

    project: Project
    status: ReleaseStatus
    soak_ends: AwareDatetime | None
    closed: ClosedView | None = None


def view_of(project: Project, status: ReleaseStatus, now: Instant) -> ProjectView:
    staged = project.release.staged if project.release is not None else None
    claimed = project.approval is not None and project.approval.claim is not None
    candidate = project.release is not None and project.state in BEFORE_PRODUCTION and not claimed
    closed = closed_window(project, now.wall) if candidate else None
    return ProjectView(
        project=project,
        status=status,
        soak_ends=staged.soak.ends(now) if staged is not None else None,
        closed=ClosedView(why=closed.why, opens_at=closed.opens_at) if closed is not None else None,
    )


class ViewProject(OperatorRequest):
    wire: ClassVar[str] = "view_project"

    async def carry_out(self, call: Call) -> ProjectView:
        return await _view(call, await call.project())


class ViewProjects(OperatorRequest):
    """The projects of this daemon after the id `after`, by their ids."""

    wire: ClassVar[str] = "view_projects"
    about_project: ClassVar[bool] = False
    after: Annotated[str, Field(max_length=200)] = ""

    async def carry_out(self, call: Call) -> tuple[ProjectView, ...]:
        found = await call.world.store.projects(after=self.after, limit=MOST_PROJECTS)
        return tuple([await _view(call, project) for project in found])


async def _view(call: Call, project: Project) -> ProjectView:
    return view_of(project, await call.statuses.status(project.id), call.world.clock.now())
