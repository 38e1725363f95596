"""An operator registers a project by the remote that it is released from (separated mode)."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.policy.values import Branch
from sentinel.core.release.model import Origin
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
