"""Tool results: text that stands alone and the same as structured content, since clients show only one of them."""

import mcp_types as types

from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.tools.wording import status_text

UNKNOWN = "UNKNOWN"
"""The state that is shown where the directory is no project yet, or its state cannot be read."""


def status_result(status: ReleaseStatus) -> types.CallToolResult:
    text = types.TextContent(type="text", text=status_text(status))
    structured = status.model_dump(mode="json")
    return types.CallToolResult(content=[text], structured_content=structured, is_error=not status.ok)


def refused_status(what: str, fix: str, status: ReleaseStatus | None) -> ReleaseStatus:
    """The refusal in front of how the project stands; of nothing where there is no project to speak of."""
    if status is None:
        return _stateless(what, fix)
    steps = (*([fix] if fix else []), *status.next)
    return status.model_copy(update={"ok": False, "message": what, "next": steps})


def _stateless(what: str, fix: str) -> ReleaseStatus:
    return ReleaseStatus(
        ok=False,
        state=UNKNOWN,
        message=what,
        next=(fix,),
        blocked_by=(),
        project=None,
        trust=UNKNOWN.lower(),
        sprint=None,
        hold=None,
        hotfix=None,
        operation=None,
        approval=None,
        locked=(),
        production=None,
        release=None,
    )
