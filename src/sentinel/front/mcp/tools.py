"""What MCP shows of a project: the tools that its state lists, and its status as the result of a call."""

from datetime import timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import Annotated, Any, Literal, get_args

import mcp_types as types
from pydantic import Field

from sentinel.core.release.model import Project
from sentinel.core.tools.catalog import DEFAULT_LONGEST_WAIT_SECONDS, Tool, accesses, next_change
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.tools.status_text import status_text
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import LONGEST_WAIT_SECONDS
from sentinel.core.values.times import Instant
from sentinel.errors import SentinelError

Mode = Literal["hide", "reject"]
"""Whether a locked tool is left out of the list, or all are listed by one definition and the call is rejected."""
MODES: tuple[Mode, ...] = get_args(Mode)
LongestWait = Annotated[int, Field(ge=1, le=LONGEST_WAIT_SECONDS)]


class Preferences(Frozen):
    locked_tools: Mode = "hide"
    longest_wait: LongestWait = DEFAULT_LONGEST_WAIT_SECONDS


DEFAULT = Preferences()


MAY_BE_LOCKED = " It may be locked: the call says why, and what to do next."
ALL_TOOLS = "every tool"
"""The signature of the list in reject mode, which never changes."""


@cache
def instructions(longest_wait: int) -> str:
    """The whole way: some clients show an agent only the names of tools that appear later."""
    return (
        "Sentinel releases this repository; never deploy, tag or release by other means. Tools appear and disappear "
        "with the state of the release, or are all listed and say at the call why they are locked; release_status is "
        "always there and says what to do next. The whole way: start_sprint(name); do the sprint's tasks and tick them "
        "off, write the changelog, commit; run_tests; prepare_release(type), whose gates preview_release(type) shows "
        'in advance; deploy(target="staging"); wait for the '
        f"end of the soak with release_status(wait_seconds={longest_wait}), repeatedly; "
        'deploy(target="production", version="vX.Y.Z"); a human approves it with `sentinel approve`, which you cannot '
        "do: tell them; follow deployment, verification and closure with release_status(wait_seconds=…), with the "
        "number that each answer names. A call that takes long answers with a running operation: follow it the same "
        "way. When production misbehaves, call emergency_rollback(reason); to give up a candidate, "
        "abandon_release(reason). When something looks wrong, hold_release(reason) puts releases on "
        "hold until a person ends the hold. Every answer names its project: check that it is the one you work on."
    )


def listed_tools(project: Project, now: Instant, preferences: Preferences) -> types.ListToolsResult:
    """The computed list. It may be kept until a clock changes it, else not at all: any call may change it."""
    if preferences.locked_tools == "reject":
        return _every_tool(preferences)
    rows = [row for row in accesses(project, now) if row.listed]
    shown = {tool: [row.target for row in group if row.target] for tool, group in groupby(rows, lambda row: row.tool)}
    change = next_change(project, now) if project.operation is None else None
    return types.ListToolsResult(
        tools=[tool_schema(tool, tuple(targets), preferences) for tool, targets in shown.items()],
        ttl_ms=-(-(change or timedelta(0)) // timedelta(milliseconds=1)),
    )


def unopened_tools(error: SentinelError, preferences: Preferences) -> types.ListToolsResult:
    """What there is where the directory is no project (yet): the status, which says what is missing."""
    if preferences.locked_tools == "reject":
        return _every_tool(preferences)
    status = tool_schema(Tool.RELEASE_STATUS, (), preferences)
    described = f"NOT READY: {error} {status.description}"
    return types.ListToolsResult(tools=[status.model_copy(update={"description": described})], ttl_ms=0)


def _every_tool(preferences: Preferences) -> types.ListToolsResult:
    """For clients that keep the first definition they see: one that stays true, whatever the state."""
    schemas = [tool_schema(tool, tool.entry.targets, preferences) for tool in Tool]
    return types.ListToolsResult(tools=schemas, ttl_ms=0)


def signature(project: Project, now: Instant, mode: Mode) -> str:
    """Equal for lists that are the same to a client."""
    if mode == "reject":
        return ALL_TOOLS
    return "\n".join(f"{row.tool} {row.target}" for row in accesses(project, now) if row.listed)


def unopened_signature(error: SentinelError, mode: Mode) -> str:
    """The same for the list where there is no project."""
    return ALL_TOOLS if mode == "reject" else f"unopened: {error}"


@lru_cache(maxsize=256)
def tool_schema(tool: Tool, targets: tuple[str, ...], preferences: Preferences) -> types.Tool:
    """The tool with the `targets` that it offers; nobody changes what this returns."""
    entry = tool.entry
    rejects = preferences.locked_tools == "reject" and tool is not Tool.RELEASE_STATUS
    described = entry.description.replace("{longest_wait}", str(preferences.longest_wait))
    return types.Tool(
        name=tool.value,
        title=entry.title,
        description=f"{described}{MAY_BE_LOCKED if rejects else ''}",
        input_schema=_input_schema(tool, targets, preferences),
        output_schema=_output_schema(),
        annotations=types.ToolAnnotations(
            title=entry.title,
            read_only_hint=entry.read_only,
            destructive_hint=entry.destructive,
            idempotent_hint=entry.idempotent,
            open_world_hint=entry.open_world,
        ),
        # Claude Code hides the tools of a server behind a search without it.
        _meta={"anthropic/alwaysLoad": True},
    )


def _input_schema(tool: Tool, targets: tuple[str, ...], preferences: Preferences) -> dict[str, Any]:
    schema = tool.entry.request.model_json_schema()
    properties = {name: _shown(value) for name, value in schema.get("properties", {}).items()}
    if tool.entry.targets:
        # One target would render as `const`, which clients do not offer as a choice.
        properties["target"] = {"type": "string", "enum": [*targets]}
        version = "The version to deploy, such as v1.2.0; required for production."
        properties["version"] = {"type": "string", "description": version}
    if tool is Tool.RELEASE_STATUS:
        properties["wait_seconds"]["maximum"] = preferences.longest_wait
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _shown(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != "title" and (key, item) != ("default", None)}


@cache
def _output_schema() -> dict[str, Any]:
    """The schema of ReleaseStatus, with what it refers to."""
    return ReleaseStatus.model_json_schema(mode="serialization")


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
