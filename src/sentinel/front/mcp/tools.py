"""The seven tools as data, and the list of them that a project's state makes (design 3.1)."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

import mcp_types as types

from sentinel.core.catalog import Tool, accesses, next_change
from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.requests import REQUESTS
from sentinel.core.status import ReleaseStatus
from sentinel.errors import SentinelError
from sentinel.front.mcp.preferences import Mode, Preferences

TARGETS = ("staging", "production")
MAY_BE_LOCKED = " It may be locked: the call says why, and what to do next."
ALL_TOOLS = "every tool"
"""The signature of the list in reject mode, which never changes."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A tool as a model sees it: the description stands alone, since titles and annotations are not shown to it."""

    title: str
    description: str
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = True


DEFINITIONS: dict[Tool, Definition] = {
    Tool.RELEASE_STATUS: Definition(
        "Release status",
        "Shows where the release stands: state, what runs, what blocks it, what waits for a human, and the next "
        "step. With wait_seconds (0 to {longest_wait}) it answers when an operation has ended, a lock is lifted "
        "or somebody has to act, at the latest after that time: this is the way to follow a running operation, a soak "
        "or an approval.",
        read_only=True,
        open_world=False,
    ),
    Tool.START_SPRINT: Definition(
        "Start sprint",
        "Opens a sprint with the given name. A release is cut in a sprint, whose tasks are the repository's checklist.",
        idempotent=False,
        open_world=False,
    ),
    Tool.RUN_TESTS: Definition(
        "Run tests",
        "Runs the full regression suite in a pristine checkout of the release branch's head, so commit first. "
        "A release needs a recent pass on exactly that content.",
        open_world=False,
    ),
    Tool.PREPARE_RELEASE: Definition(
        "Prepare release",
        "Checks every gate (tasks done, clean tree, findings, fresh tests, trusted policy, changelog), computes the "
        "next version from the changelog, signs its tag and builds the artifacts from it. type is the size of the "
        "release: patch, minor or major; one that is smaller than the changelog demands is refused.",
        open_world=False,
    ),
    Tool.DEPLOY: Definition(
        "Deploy",
        'Deploys the release candidate. target="staging" runs the staging script, the health check and the smoke '
        'tests, and starts the soak timer. target="production" needs the version, an elapsed soak and a human\'s '
        "approval; Sentinel then deploys, verifies production and rolls back by itself when that fails.",
        destructive=True,
    ),
    Tool.EMERGENCY_ROLLBACK: Definition(
        "Emergency rollback",
        "Takes production back to the release before, for the reason given. During a production deployment or its "
        "verification it acts at once; elsewhere it waits for a human's approval.",
        destructive=True,
    ),
    Tool.ABANDON_RELEASE: Definition(
        "Abandon release",
        "Gives up the release candidate, or cancels the operation that runs for it, for the reason given. "
        "Production is not touched.",
        destructive=True,
        open_world=False,
    ),
}


def instructions(longest_wait: int) -> str:
    """The whole way, since some clients show an agent no more than the names of tools that appear later."""
    return (
        "Sentinel releases this repository; never deploy, tag or release by other means. Tools appear and disappear "
        "with the state of the release, or are all listed and say at the call why they are locked; release_status is "
        "always there and says what to do next. The whole way: start_sprint(name); do the sprint's tasks and tick them "
        'off, write the changelog, commit; run_tests; prepare_release(type); deploy(target="staging"); wait for the '
        f"end of the soak with release_status(wait_seconds={longest_wait}), repeatedly; "
        'deploy(target="production", version="vX.Y.Z"); a human approves it with `sentinel approve`, which you cannot '
        "do: tell them; follow deployment, verification and closure with release_status(wait_seconds=…), with the "
        "number that each answer names. A call that takes long answers with a running operation: follow it the same "
        "way. When production misbehaves, call emergency_rollback(reason); to give a candidate up, "
        "abandon_release(reason). Every answer names its project: check that it is the one you work on."
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
    schemas = [tool_schema(tool, TARGETS if tool is Tool.DEPLOY else (), preferences) for tool in Tool]
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
    definition = DEFINITIONS[tool]
    rejects = preferences.locked_tools == "reject" and tool is not Tool.RELEASE_STATUS
    described = definition.description.replace("{longest_wait}", str(preferences.longest_wait))
    return types.Tool(
        name=tool.value,
        title=definition.title,
        description=f"{described}{MAY_BE_LOCKED if rejects else ''}",
        input_schema=_input_schema(tool, targets, preferences),
        output_schema=_output_schema(),
        annotations=types.ToolAnnotations(
            title=definition.title,
            read_only_hint=definition.read_only,
            destructive_hint=definition.destructive,
            idempotent_hint=definition.idempotent,
            open_world_hint=definition.open_world,
        ),
        # Claude Code hides the tools of a server behind a search without it (design 9).
        _meta={"anthropic/alwaysLoad": True},
    )


def _input_schema(tool: Tool, targets: tuple[str, ...], preferences: Preferences) -> dict[str, Any]:
    schema = REQUESTS[tool].model_json_schema()
    properties = {name: _untitled(value) for name, value in schema.get("properties", {}).items()}
    if tool is Tool.DEPLOY:
        # One target would render as `const`, which clients do not offer as a choice (design 9).
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


def _untitled(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != "title"}


@cache
def _output_schema() -> dict[str, Any]:
    """The schema of ReleaseStatus, with what it refers to."""
    return ReleaseStatus.model_json_schema(mode="serialization")
