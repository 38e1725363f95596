"""Whole sessions of real clients over the real relay process, in both protocol eras."""

import asyncio
import re
from itertools import pairwise
from typing import Any

import pytest
from mcp import Client, types

from sentinel.core.release.model import OperationKind
from sentinel.core.tools.catalog import Tool
from sentinel.front.mcp import calls
from tests.front.mcp import documents
from tests.front.mcp.conftest import DEADLINE, Served, until

SPRINT = ["release_status", "run_tests", "prepare_release", "preview_release", "hold_release"]


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools(cache_mode="bypass")).tools]


def text(result: types.CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


class Told:
    """Counts list_changed as the client's era delivers it: to everyone, or on the stream that asked for it."""

    def __init__(self, era: str) -> None:
        self.count = 0
        self._era = era

    async def __call__(self, message: object) -> None:
        self.count += self._era == "2025" and isinstance(message, types.ToolListChangedNotification)

    async def listen(self, client: Client, ready: asyncio.Event) -> None:
        async with client.listen(tools_list_changed=True) as stream:
            ready.set()
            async for _ in stream:
                self.count += 1


async def listening(client: Client, era: str, told: Told) -> "asyncio.Task[None] | None":
    if era == "2025":
        return None
    ready = asyncio.Event()
    task = asyncio.create_task(told.listen(client, ready))
    await ready.wait()
    return task


@pytest.mark.both_eras
async def test_an_agent_starts_a_sprint_and_the_list_follows(served: Served, era: str) -> None:
    async with served.client(era) as client:
        assert await names(client) == ["release_status", "start_sprint", "preview_release", "hold_release"]
        result = await client.call_tool("start_sprint", {"name": "Autumn"})
        assert not result.is_error
        assert text(result).splitlines()[0] == "Sprint Autumn has started."
        assert result.structured_content["state"] == "ACTIVE"
        assert await names(client) == [
            "release_status",
            "run_tests",
            "prepare_release",
            "preview_release",
            "hold_release",
        ]
    assert served.agents.actors == ["agent:mcp"]


@pytest.mark.both_eras
async def test_the_era_is_the_one_that_the_client_opens_with(served: Served, era: str) -> None:
    async with served.client(era) as client:
        assert client.protocol_version.startswith(era)
        assert client.server_capabilities.tools == types.ToolsCapability(list_changed=True)
        assert "release_status(wait_seconds=50)" in (client.instructions or "")


async def test_a_locked_call_is_an_error_with_reason_and_next_step(served: Served, era: str) -> None:
    served.agents.document = documents.soaking()
    async with served.client(era) as client:
        result = await client.call_tool("deploy", {"target": "production", "version": "v1.2.0"})
    assert result.is_error
    assert text(result).splitlines()[0] == "Soak Time Violation. Production unlock in 10:00."
    locked = {(row["tool"], row["target"]): row["remaining_seconds"] for row in result.structured_content["locked"]}
    assert locked["deploy", "production"] == 600
    assert "Next: When it is over, call `deploy(" in text(result)


async def test_two_clients_see_the_same_and_both_are_told(served: Served) -> None:
    old, new = Told("2025"), Told("2026")
    async with served.client("2025", message_handler=old) as first, served.client("2026") as second:
        listen = await listening(second, "2026", new)
        assert await names(first) == await names(second)
        await first.call_tool("start_sprint", {"name": "Autumn"})
        await until(lambda: old.count == new.count == 1)
        assert await names(first) == await names(second) == SPRINT
        assert listen is not None
        listen.cancel()


async def test_the_end_of_a_soak_is_told_with_nobody_calling(served: Served, era: str) -> None:
    served.agents.document = documents.soaking()
    told = Told(era)
    async with served.client(era, message_handler=told) as client:
        listen = await listening(client, era, told)
        before = await client.list_tools(cache_mode="bypass")
        assert [
            tool.input_schema["properties"]["target"]["enum"] for tool in before.tools if tool.name == "deploy"
        ] == [["staging"]]
        served.agents.advance(documents.SOAK)
        await until(lambda: told.count == 1)
        after = await client.list_tools(cache_mode="bypass")
        assert [tool.input_schema["properties"]["target"]["enum"] for tool in after.tools if tool.name == "deploy"] == [
            ["staging", "production"]
        ]
        if listen is not None:
            listen.cancel()


async def test_a_change_that_leaves_the_list_alone_is_not_told(served: Served) -> None:
    served.agents.document = documents.active()
    told = Told("2025")
    async with served.client("2025", message_handler=told) as client:
        await names(client)
        served.agents.wake()
        served.agents.become(served.agents.document.model_copy(update={"open_high_findings": 1}))
        served.agents.become(documents.idle())
        await until(lambda: told.count)
        await names(client)
        assert told.count == 1


async def test_a_call_waits_for_its_operation_and_reports_progress(served: Served, era: str) -> None:
    served.agents.document = documents.active()
    reported: list[tuple[float, str | None]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        reported.append((progress, message))

    async with served.client(era) as client:
        call = asyncio.create_task(client.call_tool("run_tests", {}, progress_callback=report))
        await until(lambda: reported)
        running = served.agents.document.operation
        assert running is not None
        served.agents.become(
            served.agents.document.model_copy(update={"operation": running.model_copy(update={"step": "suite"})})
        )
        await until(lambda: len(reported) == 2)
        served.agents.finish("Tests passed.")
        result = await call
    assert text(result).splitlines()[0] == "Tests passed."
    assert reported == [(1, "ACTIVE: tests is running."), (2, "ACTIVE: tests is running, at suite.")]


async def test_a_long_operation_outlives_the_calls_budget(
    served: Served, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.agents.document = documents.active()
    monkeypatch.setattr(calls, "CALL_BUDGET_SECONDS", 0.1)
    async with served.client(era) as client:
        result = await client.call_tool("run_tests", {})
        assert not result.is_error
        assert result.structured_content["operation"]["kind"] == "tests"
        again = await client.call_tool("run_tests", {})
        assert again.structured_content["operation"]["id"] == result.structured_content["operation"]["id"]


async def test_a_long_poll_answers_as_soon_as_something_changes(served: Served, era: str) -> None:
    served.agents.document = documents.operating(documents.active(), OperationKind.TESTS)
    async with served.client(era) as client:
        await client.call_tool("release_status", {})
        call = asyncio.create_task(client.call_tool("release_status", {"wait_seconds": 50}))
        await until(lambda: len(served.agents.watches) == 2)
        served.agents.wake()  # progress of a step is no change
        served.agents.finish("Tests passed.")
        async with asyncio.timeout(DEADLINE):
            assert text(await call).splitlines()[0] == "ACTIVE. Tests passed."


async def test_a_long_poll_misses_nothing_that_changed_before_it(served: Served) -> None:
    served.agents.document = documents.operating(documents.active(), OperationKind.TESTS)
    async with served.client("2025") as client:
        await client.call_tool("release_status", {})
        served.agents.finish("Tests passed.")
        async with asyncio.timeout(DEADLINE):
            result = await client.call_tool("release_status", {"wait_seconds": 50})
    assert text(result).splitlines()[0] == "ACTIVE. Tests passed."


async def test_a_long_poll_goes_on_while_nobody_has_to_act(served: Served, era: str) -> None:
    served.agents.document = documents.active()
    async with served.client(era) as client:
        await client.call_tool("release_status", {})
        call = asyncio.create_task(client.call_tool("release_status", {"wait_seconds": 50}))
        await until(lambda: len(served.agents.watches) == 2)
        started = documents.operating(served.agents.document, OperationKind.PREPARE)
        served.agents.become(started)
        assert started.operation is not None
        for step in ("fetch", "build", "sign"):
            moved = started.operation.model_copy(update={"step": step})
            served.agents.become(started.model_copy(update={"operation": moved}))
            await client.call_tool("start_sprint", {"name": ""})  # which is answered after the step was looked at
            assert not call.done()
        served.agents.finish("Release Blocked. You have 1 Open Task.", ok=False)
        async with asyncio.timeout(DEADLINE):
            assert text(await call).splitlines()[0] == "ACTIVE. Release Blocked. You have 1 Open Task."


@pytest.mark.parametrize("longest", [50, 540])
async def test_no_two_answers_in_a_row_name_the_same_wait(served: Served, era: str, longest: int) -> None:
    """Some clients stop an agent that makes the same call five times."""
    served.agents.document = documents.soaking()
    named: list[int] = []
    async with served.client(era, f"--longest-wait={longest}") as client:
        for tool, arguments in 4 * [
            ("release_status", {}),
            ("deploy", {"target": "production", "version": "v1.2.0"}),
            ("start_sprint", {}),
        ]:
            result = await client.call_tool(tool, arguments)
            found = re.search(
                r"Next: Wait for the end of the soak with `release_status\(wait_seconds=(\d+)\)`", text(result)
            )
            assert found is not None
            assert any(f"wait_seconds={found[1]})" in step for step in result.structured_content["next"])
            named.append(int(found[1]))
        for wait in named:
            assert 0 < wait <= longest
    assert all(first != second for first, second in pairwise(named))


async def test_every_answer_names_its_project(served: Served, era: str) -> None:
    async with served.client(era) as client:
        for tool, arguments in (("release_status", {}), ("start_sprint", {"name": "One"}), ("deploy", {"target": "x"})):
            result = await client.call_tool(tool, arguments)
            assert result.structured_content["project"] == "shop"
            assert "State of shop: " in text(result)


async def test_a_client_that_leaves_in_the_middle_of_a_call_changes_nothing(served: Served, era: str) -> None:
    served.agents.document = documents.active()
    async with served.client(era) as client:
        call = asyncio.create_task(client.call_tool("run_tests", {}))
        await until(lambda: served.agents.document.operation)
        call.cancel()
    await until(lambda: not served.agents.watches)
    assert served.agents.document.operation is not None


async def test_reject_mode_lists_every_tool_by_one_definition_and_tells_of_no_change(served: Served, era: str) -> None:
    told = Told(era)
    async with served.client(era, "--locked-tools=reject", message_handler=told) as client:
        listen = await listening(client, era, told)
        first = (await client.list_tools(cache_mode="bypass")).tools
        assert len(first) == len(Tool)
        result = await client.call_tool("run_tests", {})
        assert result.is_error
        assert text(result).splitlines()[0] == "This is allowed in state ACTIVE; the state is IDLE."
        await client.call_tool("start_sprint", {"name": "Autumn"})
        assert (await client.list_tools(cache_mode="bypass")).tools == first
        assert told.count == 0
        if listen is not None:
            listen.cancel()


async def test_reject_mode_lists_every_tool_before_there_is_a_project(served: Served, era: str) -> None:
    policy = served.repository / "sentinel.toml"
    policy.unlink()
    async with served.client(era, "--locked-tools=reject") as client:
        first = (await client.list_tools(cache_mode="bypass")).tools
        refused = await client.call_tool("start_sprint", {"name": "Autumn"})
        assert text(refused).splitlines()[0] == f"There is no sentinel.toml in {served.repository}."
        policy.touch()
        assert not (await client.call_tool("start_sprint", {"name": "Autumn"})).is_error
        assert (await client.list_tools(cache_mode="bypass")).tools == first


async def test_a_directory_that_is_no_project_becomes_one_without_reconnection(served: Served, era: str) -> None:
    policy = served.repository / "sentinel.toml"
    policy.unlink()
    told = Told(era)
    async with served.client(era, message_handler=told) as client:
        listen = await listening(client, era, told)
        listed = (await client.list_tools(cache_mode="bypass")).tools
        assert [tool.name for tool in listed] == ["release_status"]
        assert (listed[0].description or "").startswith("NOT READY: There is no sentinel.toml in ")
        refused = await client.call_tool("release_status", {})
        assert refused.is_error
        assert text(refused).splitlines()[0] == f"There is no sentinel.toml in {served.repository}."
        assert "sentinel init" in text(refused)
        policy.touch()
        assert not (await client.call_tool("release_status", {})).is_error
        await until(lambda: told.count == 1)
        assert await names(client) == ["release_status", "start_sprint", "preview_release", "hold_release"]
        if listen is not None:
            listen.cancel()


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("deplooy", {}, "There is no tool deplooy."),
        ("start_sprint", {}, "start_sprint: name: found nothing, expected this argument, which is required."),
        ("start_sprint", {"name": 3}, "start_sprint: name: found 3, expected a string."),
        ("start_sprint", {"name": "a", "x": 1}, "start_sprint: x: found 1, expected no such argument."),
        ("deploy", {"target": "prod"}, "deploy: target: found 'prod', expected 'staging' or 'production'."),
        (
            "release_status",
            {"wait_seconds": "9s"},
            "release_status: wait_seconds: found '9s', expected a whole number.",
        ),
        ("run_tests", {"suite": "all"}, "run_tests: suite: found 'all', expected no such argument."),
        (
            "deploy",
            {"target": "staging", "random_string": "x"},
            "deploy: random_string: found 'x', expected no such argument.",
        ),
        (
            "release_status",
            {"wait_seconds": 51},
            "release_status: wait_seconds: found 51, expected less than or equal to 50.",
        ),
        (
            "start_sprint",
            {"name": "x" * 1_000_000},
            f"start_sprint: name: found '{'x' * 79}…, expected at most 100 characters.",
        ),
    ],
)
async def test_a_bad_call_is_answered_with_one_sentence(
    served: Served, name: str, arguments: dict[str, Any], sentence: str
) -> None:
    async with served.client("2025") as client:
        result = await client.call_tool(name, arguments)
    assert result.is_error
    assert text(result).splitlines()[0] == sentence
    assert result.structured_content["message"] == sentence
    assert served.agents.actors == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("release_status", {"wait_seconds": "0"}),
        ("release_status", {"wait_seconds": 0.0}),
        ("release_status", {"wait_seconds": None}),
        ("release_status", {"random_string": "dummy"}),
        ("release_status", {"random_string": "", "wait_seconds": ""}),
        ("run_tests", {"random_string": "dummy"}),
        ("run_tests", {"random_string": None}),
    ],
)
async def test_arguments_are_taken_as_clients_send_them(
    served: Served, era: str, monkeypatch: pytest.MonkeyPatch, name: str, arguments: dict[str, Any]
) -> None:
    monkeypatch.setattr(calls, "CALL_BUDGET_SECONDS", 0.1)
    served.agents.document = documents.active()
    async with served.client(era) as client:
        result = await client.call_tool(name, arguments)
    assert not result.is_error, text(result)


async def test_a_client_that_can_wait_longer_says_so_once(served: Served, era: str) -> None:
    async with served.client(era, "--longest-wait=540") as client:
        status = (await client.list_tools()).tools[0]
        assert status.input_schema["properties"]["wait_seconds"]["maximum"] == 540
        assert "release_status(wait_seconds=540)" in (client.instructions or "")
        refused = await client.call_tool("release_status", {"wait_seconds": 541})
        assert text(refused).splitlines()[0] == (
            "release_status: wait_seconds: found 541, expected less than or equal to 540."
        )


async def test_a_defect_is_answered_with_an_id_and_nothing_of_its_text(served: Served, era: str) -> None:
    async with served.client(era) as client:
        await client.list_tools()
        served.agents.fault = RuntimeError("secret detail")
        result = await client.call_tool("release_status", {})
        assert result.is_error
        assert text(result).startswith("Internal error ")
        assert "secret" not in text(result)
        served.agents.fault = None
        assert not (await client.call_tool("release_status", {})).is_error
