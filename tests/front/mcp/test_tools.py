"""The computed list of tools, in both modes."""

from datetime import timedelta

import pytest

from sentinel.core.catalog import Tool
from sentinel.core.instant import Instant
from sentinel.core.release import OperationKind, Project
from sentinel.front.mcp.tools import INSTRUCTIONS, MODES, Mode, listed_tools, signature
from tests.front.mcp import documents
from tests.front.mcp.documents import NOON, SOAK, later


def listed(project: Project, now: Instant = NOON, mode: Mode = "hide") -> dict[str, str]:
    return {tool.name: tool.description or "" for tool in listed_tools(project, now, mode).tools}


def targets(project: Project, now: Instant, mode: Mode = "hide") -> object:
    deploy = next(tool for tool in listed_tools(project, now, mode).tools if tool.name == "deploy")
    return deploy.input_schema["properties"]["target"]


@pytest.mark.parametrize(
    ("project", "names"),
    [
        (documents.idle(), ["release_status", "start_sprint"]),
        (documents.active(), ["release_status", "run_tests", "prepare_release"]),
        (
            documents.operating(documents.active(), OperationKind.TESTS),
            ["release_status", "run_tests", "abandon_release"],
        ),
        (documents.candidate(), ["release_status", "deploy", "abandon_release"]),
        (documents.soaking(), ["release_status", "deploy", "abandon_release"]),
    ],
)
def test_the_state_decides_what_is_listed(project: Project, names: list[str]) -> None:
    assert list(listed(project)) == names


def test_the_targets_of_deploy_are_an_enum_even_where_there_is_one() -> None:
    assert targets(documents.candidate(), NOON) == {"type": "string", "enum": ["staging"]}
    assert targets(documents.soaking(), NOON) == {"type": "string", "enum": ["staging"]}
    assert targets(documents.soaking(), later(NOON, SOAK)) == {"type": "string", "enum": ["staging", "production"]}


def test_reject_mode_lists_all_seven_in_order_with_their_locks() -> None:
    found = listed(documents.soaking(), mode="reject")
    assert list(found) == [tool.value for tool in Tool]
    assert found["start_sprint"].startswith("LOCKED: It exists in state IDLE; the state is SOAKING. ")
    assert found["deploy"].startswith("LOCKED for production: the soak ends at 12:10:00 UTC. Deploys")
    assert found["abandon_release"].startswith("Gives up")


@pytest.mark.parametrize("mode", MODES)
def test_a_list_is_the_same_until_something_unlocks(mode: Mode) -> None:
    project = documents.soaking()
    at = [signature(project, later(NOON, delta), mode) for delta in (timedelta(0), SOAK / 2, SOAK, 2 * SOAK)]
    assert at[0] == at[1] != at[2] == at[3]


def test_a_list_may_be_kept_until_the_next_timed_unlock_and_no_longer() -> None:
    soaking = documents.soaking()
    assert listed_tools(soaking, later(NOON, timedelta(seconds=599.5)), "hide").ttl_ms == 500
    assert listed_tools(soaking, later(NOON, SOAK), "hide").ttl_ms == 0
    assert listed_tools(documents.operating(documents.active(), OperationKind.TESTS), NOON, "hide").ttl_ms == 0


def test_every_tool_says_of_itself_what_a_client_needs() -> None:
    for tool in listed_tools(documents.idle(), NOON, "reject").tools:
        assert tool.meta == {"anthropic/alwaysLoad": True}
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(exclude={"title"})
        assert all(isinstance(hint, bool) for hint in hints.values())
        assert tool.title == tool.annotations.title
        assert tool.name in INSTRUCTIONS
