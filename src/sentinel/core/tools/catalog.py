"""The tools, one entry each, and which of them a project lists at a moment."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.release.states import State
from sentinel.core.tools import locks
from sentinel.core.tools.locks import Lock, Rule, not_timed
from sentinel.core.values.free_text import Line, Name, Version
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.limits import LONGEST_WAIT_SECONDS
from sentinel.core.values.times import Instant

CALL_BUDGET_SECONDS = 45
"""How long a call blocks at most: most clients give up at 60 seconds."""
DEFAULT_LONGEST_WAIT_SECONDS = 50
"""How long `release_status` waits at most for a client whose configuration says nothing else."""

_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0{1,9})?")


def _seconds(value: object) -> object:
    """A whole number as clients write it: as text, as 2.0, or as nothing for the default."""
    if value is None or value == "":
        return 0
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _optional(value: object) -> object:
    """Clients that cannot omit an optional argument send empty text."""
    stripped = value.strip() if isinstance(value, str) else value
    return None if stripped == "" else stripped


class ReleaseStatusRequest(Frozen):
    wait_seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT_SECONDS), BeforeValidator(_seconds)] = 0


class StartSprint(Frozen):
    name: Name


class RunTests(Frozen):
    pass


Type = Literal["patch", "minor", "major"]


class PrepareRelease(Frozen):
    type: Type


class PreviewRelease(Frozen):
    """An omitted type is not among its choices: clients omit it or send empty text."""

    type: Annotated[
        Type | None, BeforeValidator(_optional), WithJsonSchema({"type": "string", "enum": [*get_args(Type)]})
    ] = None


class Deploy(Frozen):
    target: Literal["staging", "production"]
    version: Annotated[Version | None, BeforeValidator(_optional)] = None


class EmergencyRollback(Frozen):
    reason: Line


class AbandonRelease(Frozen):
    reason: Line


class HoldRelease(Frozen):
    reason: Line


Request = StartSprint | RunTests | PrepareRelease | Deploy | EmergencyRollback | AbandonRelease | HoldRelease


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything about a tool.

    `description` is all that a model sees besides the arguments, so it stands alone; `{longest_wait}` in it is filled
    in. `locks` says why a call is refused, by target if the tool has targets. `listed_in` is how long an unlocked tool
    stays out of the list, and `locked_in` how long until a clock locks it; 0 for neither.
    """

    request: type[Frozen]
    title: str
    description: str
    locks: Rule | Mapping[str, Rule]
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = True
    listed_in: Callable[[Project, Instant], timedelta] = not_timed
    locked_in: Callable[[Project, Instant], timedelta] = not_timed

    def rules(self) -> tuple[tuple[str | None, Rule], ...]:
        return tuple(self.locks.items()) if isinstance(self.locks, Mapping) else ((None, self.locks),)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(self.locks) if isinstance(self.locks, Mapping) else ()


class Tool(StrEnum):
    """Every tool by its name, in the order in which they are listed."""

    entry: Entry

    def __new__(cls, name: str, entry: Entry) -> Self:
        tool = str.__new__(cls, name)
        tool._value_ = name
        tool.entry = entry
        return tool

    RELEASE_STATUS = (
        "release_status",
        Entry(
            ReleaseStatusRequest,
            "Release status",
            "Shows where the release stands: state, what runs, what blocks it, what waits for a human, and the next "
            "step. With wait_seconds (0 to {longest_wait}) it answers when an operation has ended, a lock is lifted "
            "or somebody has to act, at the latest after that time: this is the way to follow a running operation, a "
            "soak or an approval.",
            locks.never,
            read_only=True,
            open_world=False,
        ),
    )
    START_SPRINT = (
        "start_sprint",
        Entry(
            StartSprint,
            "Start sprint",
            "Opens a sprint with the given name. A release is cut in a sprint, whose tasks are the repository's "
            "checklist.",
            locks.in_state(State.IDLE, None),
            idempotent=False,
            open_world=False,
        ),
    )
    RUN_TESTS = (
        "run_tests",
        Entry(
            RunTests,
            "Run tests",
            "Runs the full regression suite in a pristine checkout of the release branch's head, so commit first. "
            "A release needs a recent pass on exactly that content.",
            locks.in_state(State.ACTIVE, OperationKind.TESTS),
            open_world=False,
        ),
    )
    PREPARE_RELEASE = (
        "prepare_release",
        Entry(
            PrepareRelease,
            "Prepare release",
            "Checks every gate (tasks done, clean tree, findings, fresh tests, trusted policy, changelog), computes "
            "the next version from the changelog, signs its tag and builds the artifacts from it. type is the size of "
            "the release: patch, minor or major; one that is smaller than the changelog demands is refused.",
            locks.in_state(State.ACTIVE, OperationKind.PREPARE),
            open_world=False,
        ),
    )
    DEPLOY = (
        "deploy",
        Entry(
            Deploy,
            "Deploy",
            'Deploys the release candidate. target="staging" runs the staging script, the health check and the smoke '
            'tests, and starts the soak timer. target="production" needs the version, an elapsed soak and a human\'s '
            "approval; Sentinel then deploys, verifies production and rolls back by itself when that fails.",
            {"staging": locks.staging, "production": locks.production},
            destructive=True,
            locked_in=locks.closing_in,
        ),
    )
    EMERGENCY_ROLLBACK = (
        "emergency_rollback",
        Entry(
            EmergencyRollback,
            "Emergency rollback",
            "Takes production back to the release before, for the reason given. During a production deployment or its "
            "verification it acts at once; elsewhere it waits for a human's approval.",
            locks.rollback,
            destructive=True,
        ),
    )
    ABANDON_RELEASE = (
        "abandon_release",
        Entry(
            AbandonRelease,
            "Abandon release",
            "Gives up the release candidate, or cancels the operation that runs for it, for the reason given. "
            "Production is not touched.",
            locks.abandon,
            destructive=True,
            open_world=False,
            listed_in=locks.unannounced,
        ),
    )
    PREVIEW_RELEASE = (
        "preview_release",
        Entry(
            PreviewRelease,
            "Preview release",
            "Says what prepare_release would do now, and does nothing: the next version and what demands it, the "
            "notes, every gate's verdict, the scripts that would run, the production window and who would be asked. "
            "Without type, for the smallest that the changelog allows.",
            locks.preview,
            read_only=True,
            open_world=False,
        ),
    )
    HOLD_RELEASE = (
        "hold_release",
        Entry(
            HoldRelease,
            "Hold release",
            "Puts releases on hold, for the reason given: nothing but a rollback starts until a person ends the hold. "
            "Running operations continue. Call it when something looks wrong and people should look before anything "
            "else happens.",
            locks.never,
            open_world=False,
        ),
    )


@dataclass(frozen=True, slots=True)
class Access:
    """A tool, or one target of `deploy`, with its lock if a call is refused, and whether it is listed."""

    tool: Tool
    target: str | None
    lock: Lock | None
    listed: bool


def accesses(project: Project, now: Instant) -> tuple[Access, ...]:
    """Every tool and target at `now`, in fixed order."""
    return tuple(
        _access(project, now, tool, target, rule(project, now)) for tool in Tool for target, rule in tool.entry.rules()
    )


def _access(project: Project, now: Instant, tool: Tool, target: str | None, lock: Lock | None) -> Access:
    """Clients read the list again at each change, so it follows the state and not the running operation."""
    if lock is not None:
        return Access(tool, target, lock, listed=lock.passing)
    return Access(tool, target, None, listed=not tool.entry.listed_in(project, now))


def access(project: Project, now: Instant, tool: Tool, target: str | None = None) -> Access:
    return next(row for row in accesses(project, now) if row.tool is tool and row.target == target)


def next_change(project: Project, now: Instant) -> timedelta | None:
    """How long until the clock alone changes the list of tools."""
    unlocks = [row.lock.remaining for row in accesses(project, now) if row.lock and row.lock.remaining]
    timed = [wait(project, now) for tool in Tool for wait in (tool.entry.listed_in, tool.entry.locked_in)]
    return min([*unlocks, *filter(None, timed)], default=None)
