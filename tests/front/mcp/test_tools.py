"""The computed list of tools, in both modes."""

from datetime import timedelta

import pytest

from sentinel.core.release.model import OperationKind, Project
from sentinel.core.tools.catalog import Tool
from sentinel.core.values.times import Instant
from sentinel.errors.connection import UnknownToolError
from sentinel.front.mcp.tools import (
    DEFAULT,
    MODES,
    Mode,
    Preferences,
    instructions,
    listed_tools,
    signature,
    unopened_tools,
)
from tests.front.mcp import documents
from tests.front.mcp.documents import NOON, SOAK, later

REJECT = Preferences(locked_tools="reject")


def listed(project: Project, now: Instant = NOON) -> list[str]:
    return [tool.name for tool in listed_tools(project, now, DEFAULT).tools]


def targets(project: Project, now: Instant) -> object:
    deploy = next(tool for tool in listed_tools(project, now, DEFAULT).tools if tool.name == "deploy")
    return deploy.input_schema["properties"]["target"]


@pytest.mark.parametrize(
    ("project", "names"),
    [
        (documents.idle(), ["release_status", "start_sprint", "preview_release", "hold_release"]),
        (documents.active(), ["release_status", "run_tests", "prepare_release", "preview_release", "hold_release"]),
        (
            documents.operating(documents.active(), OperationKind.TESTS),
            ["release_status", "run_tests", "prepare_release", "preview_release", "hold_release"],
        ),
        (documents.candidate(), ["release_status", "deploy", "abandon_release", "hold_release"]),
        (documents.soaking(), ["release_status", "deploy", "abandon_release", "hold_release"]),
    ],
)
def test_the_state_decides_what_is_listed(project: Project, names: list[str]) -> None:
    assert listed(project) == names


def test_the_targets_of_deploy_are_an_enum_even_where_there_is_one() -> None:
    assert targets(documents.candidate(), NOON) == {"type": "string", "enum": ["staging"]}
    assert targets(documents.soaking(), NOON) == {"type": "string", "enum": ["staging"]}
    assert targets(documents.soaking(), later(NOON, SOAK)) == {"type": "string", "enum": ["staging", "production"]}


@pytest.mark.parametrize(
    "project", [documents.idle(), documents.active(), documents.candidate(), documents.soaking()], ids=lambda p: p.state
)
def test_in_reject_mode_every_definition_is_true_in_every_state(project: Project) -> None:
    """Clients keep the first one that they see for the whole session."""
    first = listed_tools(documents.idle(), NOON, REJECT).tools
    assert [tool.name for tool in first] == [tool.value for tool in Tool]
    assert listed_tools(project, later(NOON, SOAK), REJECT).tools == first
    assert unopened_tools(UnknownToolError(name="x", known="y"), REJECT).tools == first
    for tool in first:
        assert "LOCKED" not in (tool.description or "")
        assert ("may be locked: the call says why" in (tool.description or "")) == (tool.name != "release_status")
    deploy = next(tool for tool in first if tool.name == "deploy")
    assert deploy.input_schema["properties"]["target"]["enum"] == ["staging", "production"]


def test_the_longest_wait_is_in_the_definition_of_the_status() -> None:
    for project in (documents.idle(), documents.soaking()):
        status = listed_tools(project, NOON, Preferences(longest_wait=540)).tools[0]
        assert status.input_schema["properties"]["wait_seconds"]["maximum"] == 540
        assert "wait_seconds (0 to 540)" in (status.description or "")
    assert listed_tools(documents.idle(), NOON, DEFAULT).tools[0].input_schema["properties"]["wait_seconds"] == {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 50,
    }
    assert "release_status(wait_seconds=540)" in instructions(540)


def test_only_tools_that_reach_beyond_the_project_say_so() -> None:
    tools = listed_tools(documents.idle(), NOON, REJECT).tools
    open_world = {tool.name for tool in tools if tool.annotations is not None and tool.annotations.open_world_hint}
    assert open_world == {"deploy", "emergency_rollback"}


@pytest.mark.parametrize("mode", MODES)
def test_a_list_is_the_same_until_something_unlocks(mode: Mode) -> None:
    project = documents.soaking()
    at = [signature(project, later(NOON, delta), mode) for delta in (timedelta(0), SOAK / 2, SOAK, 2 * SOAK)]
    assert at[0] == at[1]
    assert at[2] == at[3]
    assert (at[1] == at[2]) == (mode == "reject")


def test_a_list_may_be_kept_until_the_next_timed_unlock_and_no_longer() -> None:
    soaking = documents.soaking()
    assert listed_tools(soaking, later(NOON, timedelta(seconds=599.5)), DEFAULT).ttl_ms == 500
    assert listed_tools(soaking, later(NOON, SOAK), DEFAULT).ttl_ms == 0
    assert listed_tools(documents.operating(documents.active(), OperationKind.TESTS), NOON, DEFAULT).ttl_ms == 0


def test_every_tool_says_of_itself_what_a_client_needs() -> None:
    for tool in listed_tools(documents.idle(), NOON, REJECT).tools:
        assert tool.meta == {"anthropic/alwaysLoad": True}
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(exclude={"title"})
        assert all(isinstance(hint, bool) for hint in hints.values())
        assert tool.title == tool.annotations.title
        assert tool.name in instructions(50)
