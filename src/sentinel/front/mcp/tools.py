"""The seven tools as data, and the list of them that a project's state makes (design 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, Literal, get_args

import mcp_types as types

from sentinel.core.catalog import Access, Lock, Tool, accesses, next_unlock
from sentinel.core.instant import Instant
from sentinel.core.release import Project
from sentinel.core.requests import REQUESTS
from sentinel.core.status import ReleaseStatus
from sentinel.errors import SentinelError

Mode = Literal["hide", "reject"]
"""Whether a locked tool is left out of the list, or listed as LOCKED and rejected at the call."""
MODES: tuple[Mode, ...] = get_args(Mode)


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
        "Shows where the release stands: state, what is locked and why, what runs, what waits for a human, and the "
        "next step. With wait_seconds (0 to 50) it answers as soon as anything changes, at the latest after that time: "
        "this is the way to follow a running operation, a soak or an approval.",
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
    ),
    Tool.PREPARE_RELEASE: Definition(
        "Prepare release",
        "Checks every gate (tasks done, clean tree, findings, fresh tests, trusted policy, changelog), computes the "
        "next version from the changelog, signs its tag and builds the artifacts from it. type is the size of the "
        "release: patch, minor or major; one that is smaller than the changelog demands is refused.",
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

INSTRUCTIONS = (
    "Sentinel releases this repository; never deploy, tag or release by other means. Tools appear and disappear with "
    "the state of the release; release_status is always there and says why a tool is locked and what to do next. The "
    "whole way: start_sprint(name); do the sprint's tasks and tick them off, write the changelog, commit; run_tests; "
    'prepare_release(type); deploy(target="staging"); wait for the end of the soak with '
    'release_status(wait_seconds=45), repeatedly; deploy(target="production", version="vX.Y.Z"); a human approves it '
    "with `sentinel approve`, which you cannot do; follow deployment, verification and closure with "
    "release_status(wait_seconds=45). A call that takes long answers with a running operation: follow it the same way. "
    "When production misbehaves, call emergency_rollback(reason); to give a candidate up, abandon_release(reason)."
)


def listed_tools(project: Project, now: Instant, mode: Mode) -> types.ListToolsResult:
    """The computed list. It may be kept until a clock unlocks something, else not at all: any call may change it."""
    shown = {tool: list(rows) for tool, rows in groupby(_shown(accesses(project, now), mode), lambda row: row.tool)}
    unlock = next_unlock(project, now) or timedelta(0)
    return types.ListToolsResult(
        tools=[tool_schema(tool, tuple(rows)) for tool, rows in shown.items()],
        ttl_ms=-(-unlock // timedelta(milliseconds=1)),
    )


def unopened_tools(error: SentinelError) -> types.ListToolsResult:
    """What there is where the directory is no project (yet): the status, which says what is missing."""
    status = tool_schema(Tool.RELEASE_STATUS, (Access(Tool.RELEASE_STATUS, None, None),))
    described = f"NOT READY: {error} {status.description}"
    return types.ListToolsResult(tools=[status.model_copy(update={"description": described})], ttl_ms=0)


def signature(project: Project, now: Instant, mode: Mode) -> str:
    """Equal for lists that are the same to a client."""
    shown = _shown(accesses(project, now), mode)
    return "\n".join(f"{row.tool} {row.target} {_reason(row.lock)}" for row in shown)


def _shown(rows: Sequence[Access], mode: Mode) -> list[Access]:
    return [row for row in rows if row.lock is None or mode == "reject"]


@lru_cache(maxsize=256)
def tool_schema(tool: Tool, rows: tuple[Access, ...]) -> types.Tool:
    """The tool with the targets of `rows`, of which each may be locked; nobody changes what this returns."""
    definition = DEFINITIONS[tool]
    return types.Tool(
        name=tool.value,
        title=definition.title,
        description=f"{_locks(rows)}{definition.description}",
        input_schema=_input_schema(tool, [row.target for row in rows if row.target is not None]),
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


def _locks(rows: Sequence[Access]) -> str:
    """`LOCKED: reason` for the whole tool, else for the target that is."""
    locked = [row for row in rows if row.lock is not None]
    whole = len(locked) == len(rows)
    marks = [f"LOCKED{'' if whole or not row.target else f' for {row.target}'}: {_reason(row.lock)} " for row in locked]
    return "".join(dict.fromkeys(marks))


def _reason(lock: Lock | None) -> str:
    """A reason that does not change with every second."""
    if lock is None:
        return ""
    return lock.reason if lock.unlocks_at is None else f"the soak ends at {lock.unlocks_at:%H:%M:%S} UTC."


def _input_schema(tool: Tool, targets: list[str]) -> dict[str, Any]:
    schema = REQUESTS[tool].model_json_schema()
    properties = {name: _untitled(value) for name, value in schema.get("properties", {}).items()}
    if tool is Tool.DEPLOY:
        # One target would render as `const`, which clients do not offer as a choice (design 9).
        properties["target"] = {"type": "string", "enum": targets}
        version = "The version to deploy, such as v1.2.0; required for production."
        properties["version"] = {"type": "string", "description": version}
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
